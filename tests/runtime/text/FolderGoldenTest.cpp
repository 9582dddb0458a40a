// Checkpoint folders in which one thing is changed at a time, each key of each tokenizer file: the ids are those that Transformers gives
// (make_folder_golden.py asked it), or the folder is refused and the message names the key.
#include "runtime/text/TokenizerTable.h"

#include <doctest/doctest.h>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

using namespace clew;
using Json = nlohmann::json;
using Numbers = std::vector<int32_t>;

namespace {

using Files = std::map<std::string, Json>; // a text, or what is written as JSON

void apply(Files &files, const Json &change) {
  const std::string name = change[0];
  if (change.size() == 1) {
    files.erase(name);
    return;
  }
  if (change[1].is_null()) {
    files[name] = change[2];
    return;
  }
  const Json::json_pointer place(change[1].get<std::string>());
  if (change.size() == 3) {
    files[name][place] = change[2];
  } else {
    files[name][place.parent_pointer()].erase(place.back());
  }
}

struct Opened {
  Result<std::shared_ptr<const Tokenizer>> tokenizer;
  std::vector<std::string> notes;
};

Opened open(const Files &files) {
  FileSource source;
  source.folder = "folder";
  source.has = [&](const std::string &name) { return files.contains(name); };
  source.read = [&](const std::string &name, size_t) -> Result<std::optional<std::string>> {
    const auto found = files.find(name);
    if (found == files.end()) {
      return std::optional<std::string>();
    }
    return std::optional(found->second.is_string() ? found->second.get<std::string>() : found->second.dump());
  };
  std::vector<std::string> notes;
  const Result<TokenizerFiles> read = TokenizerFiles::read(source, notes);
  if (!read) {
    return {fail(read), notes};
  }
  const TextForm form;
  auto tokenizer =
      (*findTokenizerKind("wordpiece"))->make({*read, read->vocabulary.value_or(Vocabulary()), form}, notes);
  return {std::move(tokenizer), notes};
}

Tokens encoded(const Tokenizer &tokenizer, const Json &text) {
  Tokens tokens;
  REQUIRE(tokenizer.encode(text.get<std::string>(), tokens));
  return tokens;
}

struct Row {
  Numbers ids;
  Numbers segments;
};

Row rowOf(const std::vector<FormPiece> &form, const Numbers &first, const Numbers &second) {
  Row row;
  for (const FormPiece &piece : form) {
    const Numbers special = {piece.id};
    const Numbers &part = piece.kind == TextPiece::Kind::Token   ? special
                          : piece.kind == TextPiece::Kind::First ? first
                                                                 : second;
    row.ids.insert(row.ids.end(), part.begin(), part.end());
    row.segments.insert(row.segments.end(), part.size(), piece.segment);
  }
  return row;
}

void checkAnswers(const Tokenizer &tokenizer, const Json &texts, const Json &pair, const Json &expected) {
  for (size_t i = 0; i < texts.size(); ++i) {
    INFO(texts[i].dump());
    const Tokens tokens = encoded(tokenizer, texts[i]);
    CHECK(rowOf(tokenizer.form().single, tokens.ids, {}).ids == expected["ids"][i].get<Numbers>());
    if (expected.contains("offsets")) {
      Numbers offsets;
      for (size_t t = 0; t < tokens.size(); ++t) {
        offsets.push_back(tokens.begins[t]);
        offsets.push_back(tokens.ends[t]);
      }
      CHECK(offsets == expected["offsets"][i].get<Numbers>());
    }
  }
  const Row row = rowOf(tokenizer.form().pair, encoded(tokenizer, pair[0]).ids, encoded(tokenizer, pair[1]).ids);
  CHECK(row.ids == expected["pair"].get<Numbers>());
  CHECK(row.segments == expected["segments"].get<Numbers>());
  CHECK(tokenizer.longest() == expected["longest"].get<int64_t>());
}

Json readGolden() {
  std::ifstream file(CLEW_SOURCE_DIR "/tests/runtime/text/golden/folders.json");
  REQUIRE(file);
  return Json::parse(file);
}

Files filesOf(const Json &golden, const Json &one) {
  Files files;
  for (const auto &[name, content] : golden["bases"][one["base"].get<std::string>()].items()) {
    files[name] = content;
  }
  for (const Json &change : one.value("changes", Json::array())) {
    apply(files, change);
  }
  return files;
}

} // namespace

// One pass, because making 700 tokenizers is what takes the time.
TEST_CASE("each key of a folder's tokenizer files: the ids of Transformers, or a refusal that names it; other ids, "
          "another sha256") {
  const Json golden = readGolden();
  std::map<std::string, Json> answers; // by sha256
  for (const Json &one : golden["cases"]) {
    INFO(one["base"].get<std::string>(), ": ", one["name"].get<std::string>());
    const Opened opened = open(filesOf(golden, one));
    if (one.contains("refused")) {
      REQUIRE_MESSAGE(!opened.tokenizer, "not refused");
      const std::string message = opened.tokenizer.error().render();
      INFO(message);
      CHECK(message.find(one["refused"].get<std::string>()) != std::string::npos);
      CHECK(message.starts_with("folder"));
      continue;
    }
    REQUIRE_MESSAGE(opened.tokenizer, (opened.tokenizer ? "" : opened.tokenizer.error().render()));
    Json answer = golden["answers"][one["answer"].get<size_t>()];
    checkAnswers(**opened.tokenizer, golden["texts"], golden["pair"], answer);
    answer.erase("offsets"); // not of every case
    const auto [known, isNew] = answers.try_emplace((*opened.tokenizer)->sha256(), answer);
    CHECK((isNew || known->second == answer)); // what makes the same ids need not make the same sha256
  }
}

TEST_CASE("what a folder says and does not count is noted") {
  const Json golden = readGolden();
  const auto notesOf = [&](const std::string &base, const Json &change) {
    std::string all;
    for (const std::string &note : open(filesOf(golden, {{"base", base}, {"changes", {change}}})).notes) {
      all += note + "\n";
    }
    return all;
  };
  for (const char *base : {"lines", "bare", "four", "five", "serialized"}) {
    CHECK(notesOf(base, {"nothing.json", nullptr, "{}"}).empty());
  }
  const auto config = [&](const char *base, const char *key, const Json &value) {
    return notesOf(base, {"tokenizer_config.json", std::string("/") + key, value});
  };
  CHECK(config("lines", "something_new", 1).find("'something_new' is not known") != std::string::npos);
  CHECK(config("lines", "never_split", {"foo"}).find("never_split") != std::string::npos);
  CHECK(config("lines", "do_basic_tokenize", false).find("do_basic_tokenize") != std::string::npos);
  CHECK(config("lines", "do_basic_tokenize", true).empty());
  CHECK(config("lines", "padding_side", "left").empty());
  CHECK(notesOf("five", {"tokenizer.json", "/normalizer/lowercase", false}).find("normalizer") != std::string::npos);
  CHECK(notesOf("five", {"tokenizer.json", "/model/unk_token", "[X]"}).find("model") != std::string::npos);
  CHECK(notesOf("five", {"tokenizer.json", "/post_processor", {{"type", "Sequence"}}}).find("post_processor") !=
        std::string::npos);
  CHECK(notesOf("serialized", {"tokenizer.json", "/something_new", 1}).find("something_new") != std::string::npos);
  CHECK(notesOf("five", {"vocab.txt", nullptr, "[UNK]\n"}).find("vocab.txt and tokenizer.json differ") !=
        std::string::npos);
  CHECK(notesOf("four", {"special_tokens_map.json", "/cls_token", "[X]"}).find("cls_token is '[CLS]'") !=
        std::string::npos);
}

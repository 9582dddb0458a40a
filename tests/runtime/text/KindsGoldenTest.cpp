// Folders of each kind of tokenizer but WordPiece: ids, offsets and rows are those that Transformers gives (make_kinds_golden.py asked it).
#include "runtime/text/CharacterBytes.h"
#include "runtime/text/Charsmap.h"
#include "runtime/text/TokenizerClasses.h"
#include "runtime/text/TokenizerTable.h"

#include <doctest/doctest.h>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

using namespace clew;
using Json = nlohmann::json;
using Numbers = std::vector<int32_t>;
using Files = std::map<std::string, std::string>;
using Made = Result<std::shared_ptr<const Tokenizer>>;

namespace {

const Json &golden() {
  static const Json all = [] {
    std::ifstream file(CLEW_SOURCE_DIR "/tests/runtime/text/golden/kinds.json");
    REQUIRE(file);
    return Json::parse(file);
  }();
  return all;
}

/// A text, or {"hex": ..} of a SentencePiece file.
std::string bytesOf(const Json &content) {
  if (content.is_string()) {
    return content.get<std::string>();
  }
  const auto hex = content["hex"].get<std::string>();
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

Files filesOf(const std::string &name) {
  Files files;
  for (const auto &[file, content] : golden()["folders"][name]["files"].items()) {
    files[file] = bytesOf(content);
  }
  return files;
}

Made open(const Files &files) {
  FileSource source;
  source.folder = "folder";
  source.has = [&](const std::string &name) { return files.contains(name); };
  source.read = [&](const std::string &name, size_t) -> Result<std::optional<std::string>> {
    return files.contains(name) ? std::optional(files.at(name)) : std::optional<std::string>();
  };
  std::vector<std::string> notes;
  const Result<TokenizerFiles> read = TokenizerFiles::read(source, notes);
  if (!read) {
    return fail(read);
  }
  const auto said = declaredKind(*read);
  const auto kind = said ? findTokenizerKind(said->value_or("words")) : fail(said);
  if (!kind) {
    return fail(kind);
  }
  const TextForm form;
  return (*kind)->make({*read, read->vocabulary.value_or(Vocabulary()), form}, notes);
}

Numbers rowOf(const Tokenizer &tokenizer, const std::vector<std::string> &texts, Numbers &segments) {
  Numbers row;
  for (const FormPiece &piece : texts.size() > 1 ? tokenizer.form().pair : tokenizer.form().single) {
    Tokens tokens;
    if (piece.kind == TextPiece::Kind::Token) {
      tokens.ids = {piece.id};
    } else {
      REQUIRE(tokenizer.encode(texts[piece.kind == TextPiece::Kind::First ? 0 : 1], tokens));
    }
    row.insert(row.end(), tokens.ids.begin(), tokens.ids.end());
    segments.insert(segments.end(), tokens.ids.size(), piece.segment);
  }
  return row;
}

} // namespace

TEST_CASE("each kind gives the ids, offsets and rows of Transformers") {
  for (const auto &[name, folder] : golden()["folders"].items()) {
    INFO(name);
    const Made made = open(filesOf(name));
    REQUIRE_MESSAGE(made, (made ? "" : made.error().render()));
    const Json &texts = golden()["texts"];
    Tokens tokens;
    for (size_t i = 0; i < texts.size(); ++i) {
      INFO(texts[i].dump());
      REQUIRE((*made)->encode(texts[i].get<std::string>(), tokens));
      Numbers offsets;
      for (size_t t = 0; t < tokens.size(); ++t) {
        offsets.push_back(tokens.begins[t]);
        offsets.push_back(tokens.ends[t]);
      }
      CHECK(tokens.ids == folder["answers"][i][0].get<Numbers>());
      CHECK(offsets == folder["answers"][i][1].get<Numbers>());
    }
    Numbers segments;
    CHECK(rowOf(**made, {"the cat"}, segments) == folder["single"].get<Numbers>());
    segments.clear();
    CHECK(rowOf(**made, {"the cat", "a mat"}, segments) == folder["pair"].get<Numbers>());
    CHECK(segments == folder["segments"].get<Numbers>());
  }
}

TEST_CASE("long words, which are merged by a queue, and what is no UTF-8") {
  for (const auto &[name, folder] : golden()["folders"].items()) {
    INFO(name);
    const Made made = open(filesOf(name));
    REQUIRE(made);
    Tokens once;
    Tokens twice;
    // Words of letters without a break: the same letters in a word of 100 and in one of 100,000 end alike, and nothing takes long.
    const std::string letters(100000, 'z');
    REQUIRE((*made)->encode(letters, once));
    REQUIRE((*made)->encode(letters, twice));
    CHECK(once.ids == twice.ids);
    REQUIRE(once.size() > 0);
    CHECK(once.begins.front() <= 1); // 1 where a prefix space counts as one of the text
    CHECK(once.ends.back() == 100000);
    CHECK_FALSE((*made)->encode("a\xff", once));
    CHECK_FALSE((*made)->encode("\xed\xa0\x80", once));
    CHECK(once.size() == 0);
    REQUIRE((*made)->encodeCharacters("a\u4e2d \U0001f600", once));
    CHECK(once.begins == Numbers{0, 1, 2, 3});
  }
}

TEST_CASE("files that are cut short or have other bytes are refused as such, or read") {
  std::mt19937 random(7);
  int refused = 0;
  for (const char *name : {"gpt2", "roberta-json", "gpt", "albert", "unigram-first", "words", "t5-pieces",
                           "xlmr-pieces", "llama-pieces", "pieces-bpe", "pieces-bytes", "split-gpt4", "split-next"}) {
    const Files whole = filesOf(name);
    for (const auto &[file, content] : whole) {
      for (int round = 0; round < 25; ++round) {
        Files files = whole;
        std::string &text = files[file];
        if (round % 2 == 0) {
          text.resize(random() % text.size());
        } else {
          for (int i = 0; i < 3; ++i) {
            text[random() % text.size()] = static_cast<char>(random() % 256);
          }
        }
        const Made made = open(files);
        Tokens tokens;
        if (made) {
          CHECK((*made)->encode("the ｃat ﬁ ① e\u0301 <mask>", tokens));
        } else {
          INFO(made.error().render());
          CHECK(made.error().kind == ErrorKind::BadInput);
          ++refused;
        }
      }
    }
  }
  CHECK(refused > 100);
}

TEST_CASE("merges are UTF-8, as what is said of them must be") {
  Files files = filesOf("gpt2");
  for (const char *line : {"\xe2\x96 a\n", "a\xff b\n", "a\xff\n"}) {
    files["merges.txt"] = std::string("#version: 0.2\n") + line;
    const Made made = open(files);
    REQUIRE_FALSE(made);
    CHECK(made.error().render().starts_with("folder/merges.txt:2: error: expected UTF-8, found byte 0x"));
  }
}

TEST_CASE("a table of characters whose ways lead out of it is refused; any other bytes are looked up inside of it") {
  std::mt19937 random(3);
  CHECK_FALSE(Charsmap::read("", "x"));
  CHECK_FALSE(Charsmap::read(std::string("\x04\0\0\0", 4), "x"));
  for (int round = 0; round < 300; ++round) {
    std::string bytes(4 + 1024, '\0');
    bytes[1] = 4; // a trie of 1024 bytes
    for (size_t i = 4; i < bytes.size(); ++i) {
      bytes[i] = static_cast<char>(round % 3 == 0 ? random() % 256 : random() % 4 == 0 ? random() % 128 : 0);
    }
    bytes += std::string("abc\0de\0", 7);
    const Result<Charsmap> map = Charsmap::read(bytes, "x");
    for (int c = 1; map && c < 256; ++c) {
      const std::string text = {static_cast<char>(c), static_cast<char>(random() % 256)};
      const auto found = map->find(text);
      CHECK((!found || found->size() <= 3));
    }
  }
}

TEST_CASE("ELMo's words: 50 ids, bytes between marks") {
  using Bytes = CharacterBytes;
  const Bytes::Word cat = Bytes::ofWord("cat");
  CHECK(Numbers(cat.begin(), cat.begin() + 6) == Numbers{259, 100, 98, 117, 260, 261});
  CHECK(cat.back() == 261);
  const Bytes::Word chinese = Bytes::ofWord("\u4e2d");
  CHECK(Numbers(chinese.begin(), chinese.begin() + 5) == Numbers{259, 229, 185, 174, 260});
  const Bytes::Word longest = Bytes::ofWord(std::string(48, 'a'));
  const Bytes::Word longer = Bytes::ofWord(std::string(90, 'a'));
  CHECK(longest == longer);
  CHECK(longest[48] == 98);
  CHECK(longest[49] == 260);
  CHECK(Bytes::ofWord("")[1] == 260);
  std::vector<int32_t> ids;
  Bytes::appendSentence({"cat"}, ids);
  REQUIRE(ids.size() == 150);
  CHECK(Numbers(ids.begin(), ids.begin() + 4) == Numbers{259, 257, 260, 261});
  CHECK(Numbers(ids.begin() + 100, ids.begin() + 104) == Numbers{259, 258, 260, 261});
}

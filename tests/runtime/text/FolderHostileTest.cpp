// Tokenizer files from strangers: cut short, with bytes changed, with keys of the wrong type everywhere. Nothing crashes, and what is refused
// is refused as the file's fault.
#include "runtime/text/TokenizerTable.h"

#include <doctest/doctest.h>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

using namespace clew;
using Json = nlohmann::json;

namespace {

using Files = std::map<std::string, std::string>;

Files filesOf(const std::string &base) {
  std::ifstream file(CLEW_SOURCE_DIR "/tests/runtime/text/golden/folders.json");
  REQUIRE(file);
  Files files;
  for (const auto &[name, content] : Json::parse(file)["bases"][base].items()) {
    files[name] = content.is_string() ? content.get<std::string>() : content.dump();
  }
  return files;
}

/// Whether the folder is read; what it is refused for must be a fault of the folder, with its place.
bool opens(const Files &files) {
  FileSource source;
  source.folder = "folder";
  source.has = [&](const std::string &name) { return files.contains(name); };
  source.read = [&](const std::string &name, size_t) -> Result<std::optional<std::string>> {
    return files.contains(name) ? std::optional(files.at(name)) : std::optional<std::string>();
  };
  std::vector<std::string> notes;
  const Result<TokenizerFiles> read = TokenizerFiles::read(source, notes);
  const TextForm form;
  auto tokenizer =
      read ? (*findTokenizerKind("wordpiece"))->make({*read, read->vocabulary.value_or(Vocabulary()), form}, notes)
           : Result<std::shared_ptr<const Tokenizer>>(fail(read));
  if (!tokenizer) {
    INFO(tokenizer.error().render());
    CHECK(tokenizer.error().kind == ErrorKind::BadInput);
    return false;
  }
  Tokens tokens;
  CHECK((*tokenizer)->encode("[CLS] AI 中国 zzz\u0301", tokens));
  return true;
}

/// Every value of the tree, one after the other, becomes `value`; gives how many were tried.
int replaceEach(const Files &files, const std::string &name, const Json &value) {
  const Json whole = Json::parse(files.at(name));
  std::set<std::string> tried;
  const Json flat = whole.flatten();
  for (const auto &[place, was] : flat.items()) {
    for (Json::json_pointer at(place); !at.empty(); at = at.parent_pointer()) {
      if (at.to_string().find("/vocab/") != std::string::npos || !tried.insert(at.to_string()).second) {
        continue; // one token is as the others: FolderGoldenTest
      }
      Json changed = whole;
      changed[at] = value;
      Files other = files;
      other[name] = changed.dump();
      opens(other);
    }
  }
  return static_cast<int>(tried.size());
}

} // namespace

TEST_CASE("files that are cut short are refused, those of JSON at every place") {
  for (const char *base : {"four", "serialized"}) {
    const Files files = filesOf(base);
    for (const auto &[name, text] : files) {
      for (size_t length = 0; length + 1 < text.size(); length += 1 + text.size() / 50) {
        INFO(name, " of ", length, " bytes");
        Files cut = files;
        cut[name] = text.substr(0, length);
        const bool isRead = opens(cut);
        CHECK((name == "vocab.txt" || !isRead));
      }
    }
  }
}

TEST_CASE("changed bytes and foreign types never crash") {
  std::mt19937 chance(11);
  for (const char *base : {"four", "serialized"}) {
    const Files files = filesOf(base);
    for (const auto &[name, text] : files) {
      for (int i = 0; i < 25; ++i) {
        Files other = files;
        other[name][chance() % text.size()] = static_cast<char>(chance());
        opens(other);
      }
    }
  }
  const Files files = filesOf("serialized");
  for (const Json &value : {Json(), Json(-1), Json("x"), Json(Json::array({1})), Json({{"type", "x"}})}) {
    CHECK(replaceEach(files, "tokenizer.json", value) > 60);
    CHECK(replaceEach(files, "tokenizer_config.json", value) > 0);
  }
}

TEST_CASE("numbers of tokens and bytes are bounded") {
  Files files = filesOf("lines");
  std::string many = "{";
  for (int i = 0; i < 70000; ++i) {
    many += (i ? ",\"t" : "\"t") + std::to_string(i) + "\":" + std::to_string(52 + i);
  }
  files["added_tokens.json"] = many + "}";
  CHECK(!opens(files));
  files["added_tokens.json"] = "{\"" + std::string(2000, 'x') + "\": 52}";
  CHECK(!opens(files));
}

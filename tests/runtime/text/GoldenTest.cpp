// Ids that the `tokenizers` package gave once (make_golden.py): for texts written for this test, and for every code point.
#include "runtime/text/Utf8.h"
#include "runtime/text/WordPiece.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>

using clew::Result;
using clew::Tokens;
using clew::Vocabulary;
using clew::WordPiece;
using clew::WordPieceOptions;
using Json = nlohmann::json;
using Numbers = std::vector<int32_t>;

namespace {

Json readGolden(const std::string &name) {
  std::ifstream file(std::string(CLEW_SOURCE_DIR) + "/tests/runtime/text/golden/" + name);
  REQUIRE(file);
  return Json::parse(file);
}

WordPiece make(const std::string &vocabularyText, WordPieceOptions options = {}) {
  Result<Vocabulary> vocabulary = Vocabulary::parse(vocabularyText, "golden");
  REQUIRE_MESSAGE(vocabulary.has_value(), (vocabulary ? "" : vocabulary.error().render()));
  Result<WordPiece> made = WordPiece::create(*vocabulary, std::move(options));
  REQUIRE(made);
  return *made;
}

WordPieceOptions optionsOf(const Json &json) {
  WordPieceOptions options;
  options.lowercase = json.value("lowercase", true);
  options.stripAccents = json.value("strip_accents", options.lowercase);
  options.splitChinese = json.value("handle_chinese_chars", true);
  options.cleanText = json.value("clean_text", true);
  return options;
}

bool isSurrogate(char32_t c) { return c >= 0xD800 && c < 0xE000; }

/// What Python's and Rust's readers would cut off a vocabulary's line; written out again, to lean on nothing that is tested.
bool isTrimmed(char32_t c) {
  constexpr char32_t Spaces[] = {0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
  return (c >= 9 && c <= 13) || (c >= 0x2000 && c <= 0x200A) || std::ranges::find(Spaces, c) != std::end(Spaces);
}

void append(std::string &text, char32_t c) {
  char bytes[4];
  text.append(bytes, clew::encodeUtf8(c, bytes));
}

/// Every code point of the planes, as it is and with ##, as make_golden.py makes it.
std::string vocabularyOfPlanes(const std::vector<int> &planes) {
  std::string text = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (int plane : planes) {
    for (char32_t c = static_cast<char32_t>(plane) << 16; c < static_cast<char32_t>(plane + 1) << 16; c++) {
      if (!isSurrogate(c) && !isTrimmed(c)) {
        append(text, c);
        text += "\n##";
        append(text, c);
        text += '\n';
      }
    }
  }
  return text;
}

/// FNV-1a, 64 bits, over little-endian numbers.
void addToDigest(uint64_t &digest, int32_t number) {
  for (int shift = 0; shift < 32; shift += 8) {
    digest = (digest ^ (static_cast<uint32_t>(number) >> shift & 0xFFU)) * 0x100000001B3U;
  }
}

std::string digestOfBlock(const WordPiece &tokenizer, char32_t first) {
  uint64_t digest = 0xCBF29CE484222325U;
  Tokens tokens;
  for (char32_t c = first; c < first + 4096; c++) {
    if (isSurrogate(c)) {
      continue;
    }
    std::string text = "a";
    append(text, c);
    text += 'b';
    REQUIRE(tokenizer.encode(text, tokens));
    for (int32_t id : tokens.ids) {
      addToDigest(digest, id);
    }
    addToDigest(digest, -1);
  }
  return fmt::format("{:016x}", digest);
}

} // namespace

TEST_CASE("texts") {
  Json golden = readGolden("texts.json");
  std::string vocabulary;
  for (const Json &token : golden["vocabulary"]) {
    vocabulary += token.get<std::string>() + "\n";
  }
  for (const Json &group : golden["groups"]) {
    WordPiece tokenizer = make(vocabulary, optionsOf(group["options"]));
    for (const Json &expected : group["cases"]) {
      CAPTURE(group["options"].dump());
      CAPTURE(expected["text"].dump());
      Tokens tokens;
      REQUIRE(tokenizer.encode(expected["text"].get<std::string>(), tokens));
      CHECK(tokens.ids == expected["ids"].get<Numbers>());
      if (expected.contains("begins")) {
        CHECK(tokens.begins == expected["begins"].get<Numbers>());
        CHECK(tokens.ends == expected["ends"].get<Numbers>());
      }
    }
  }
}

TEST_CASE("every code point between two letters") {
  Json golden = readGolden("code_points.json");
  std::vector<int> planes;
  WordPiece tokenizer;
  for (const Json &group : golden["groups"]) {
    if (planes != group["planes"].get<std::vector<int>>()) {
      planes = group["planes"].get<std::vector<int>>();
      tokenizer = make(vocabularyOfPlanes(planes));
    }
    auto first = group["first"].get<char32_t>();
    for (const Json &digest : group["digests"]) {
      INFO("U+", fmt::format("{:04X}", static_cast<uint32_t>(first)), " and the 4095 that follow");
      CHECK(digestOfBlock(tokenizer, first) == digest.get<std::string>());
      first += 4096;
    }
  }
}

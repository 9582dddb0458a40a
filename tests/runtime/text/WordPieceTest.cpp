// Tokens of hand-worked texts, offsets, options, broken input, many threads.
#include "runtime/text/WordPiece.h"

#include "runtime/text/Utf8.h"

#include <doctest/doctest.h>
#include <random>
#include <thread>

using clew::ErrorKind;
using clew::Result;
using clew::Tokens;
using clew::Vocabulary;
using clew::WordPiece;
using clew::WordPieceOptions;

namespace {

WordPiece make(WordPieceOptions options = {}) {
  std::string text = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nun\n##aff\n##able\n##a\na\nb\n##b\n中\n国\n!\n,\n=\n20\n##"
                     "20\nᄒ\n##ᅡ\n##ᆫ\n豈\n";
  Result<Vocabulary> vocabulary = Vocabulary::parse(text, "test");
  REQUIRE(vocabulary);
  Result<WordPiece> made = WordPiece::create(*vocabulary, std::move(options));
  REQUIRE(made);
  return *made;
}

struct Encoded {
  std::string tokens; ///< with | between
  std::vector<int32_t> begins;
  std::vector<int32_t> ends;
};

Encoded encode(std::string_view text, const WordPiece &tokenizer) {
  Tokens tokens;
  Result<void> done = tokenizer.encode(text, tokens);
  REQUIRE(done);
  Encoded encoded = {"", tokens.begins, tokens.ends};
  for (int32_t id : tokens.ids) {
    encoded.tokens += (encoded.tokens.empty() ? "" : "|") + std::string(tokenizer.vocabulary().token(id));
  }
  return encoded;
}

std::string tokens(std::string_view text, const WordPieceOptions &options = {}) {
  static const WordPiece usual = make();
  bool isUsual = options.lowercase && options.stripAccents && options.splitChinese && options.cleanText &&
                 options.longestWord == 100;
  return encode(text, isUsual ? usual : make(options)).tokens;
}

using Numbers = std::vector<int32_t>;

} // namespace

TEST_CASE("the longest token first, and [UNK] for a word that has a part without a token") {
  CHECK(tokens("unaffable") == "un|##aff|##able");
  CHECK(tokens("unaffablez") == "[UNK]");
  CHECK(tokens("2020 202") == "20|##20|[UNK]");
  CHECK(tokens("") == "");
  CHECK(tokens(" \t\n") == "");
}

TEST_CASE("words end at white space, punctuation and ideographs") {
  CHECK(tokens("a!b") == "a|!|b");
  CHECK(tokens("a中b国") == "a|中|b|国");
  CHECK(tokens("a\xE3\x80\x80"
               "b") == "a|b");         // U+3000
  CHECK(tokens("a—b") == "a|[UNK]|b"); // punctuation without a token
  CHECK(tokens("龘") == "[UNK]");
}

TEST_CASE("characters that vanish do not end a word") {
  CHECK(tokens("a\u200Bb") == "a|##b");
  CHECK(tokens(std::string_view("a\0b", 3)) == "a|##b");
  CHECK(tokens("a\uFFFDb\uFEFF") == "a|##b");
  CHECK(tokens("A\u0301\u0302B") == "a|##b");
}

TEST_CASE("case, accents and decompositions") {
  CHECK(tokens("UNAFFABLE Áb") == "un|##aff|##able|a|##b");
  CHECK(tokens("a≠b") == "a|=|b");     // = and U+0338
  CHECK(tokens("한") == "ᄒ|##ᅡ|##ᆫ"); // Hangul falls into jamo
  CHECK(tokens("\uF900") == "豈");     // a compatibility ideograph
  CHECK(tokens("Áb", {.lowercase = false}) == "[UNK]");
  CHECK(tokens("áb", {.stripAccents = false}) == "[UNK]");
}

TEST_CASE("special tokens are found first, inside words too, in their own case only") {
  CHECK(tokens("a[SEP]b") == "a|[SEP]|b");
  CHECK(tokens("[MASK][MASK]") == "[MASK]|[MASK]");
  CHECK(tokens("[mask]") == "[UNK]|[UNK]|[UNK]");
  CHECK(tokens("[[CLS]]") == "[UNK]|[CLS]|[UNK]");
  clew::TokenizerSettings none;
  const Result<WordPiece> plain = WordPiece::create(make().vocabulary(), {}, none);
  REQUIRE(plain);
  CHECK(encode("[SEP]", *plain).tokens == "[UNK]|[UNK]|[UNK]");
}

TEST_CASE("a word of more than 100 characters is [UNK]") {
  std::string hundred = "a";
  for (int i = 1; i < 100; i++) {
    hundred += "b";
  }
  CHECK(tokens(hundred).starts_with("a|##b|##b"));
  CHECK(tokens(hundred + "b") == "[UNK]");
  CHECK(tokens(hundred + "\u0301").starts_with("a|##b|##b")); // counted after normalization
  CHECK(tokens("ab", {.longestWord = 1}) == "[UNK]");
  Tokens long1;
  REQUIRE(make().encode(hundred + hundred + "!", long1));
  CHECK(long1.begins == Numbers{0, 200});
  CHECK(long1.ends == Numbers{200, 201});
}

TEST_CASE("offsets count code points of the text as given") {
  WordPiece tokenizer = make();
  Encoded encoded = encode("中 á\u200Bb[SEP]unaffable", tokenizer);
  CHECK(encoded.tokens == "中|a|##b|[SEP]|un|##aff|##able");
  CHECK(encoded.begins == Numbers{0, 2, 4, 5, 10, 12, 15});
  CHECK(encoded.ends == Numbers{1, 3, 5, 10, 12, 15, 19});
  encoded = encode("한국x", tokenizer);
  CHECK(encoded.begins == Numbers{0});
  CHECK(encoded.ends == Numbers{3});
}

TEST_CASE("one token a character for tagging") {
  WordPiece tokenizer = make();
  Tokens out;
  REQUIRE(tokenizer.encodeCharacters("A中 á한\u200B[SEP]", out));
  auto id = [&](const char *token) { return tokenizer.vocabulary().find(token); };
  int32_t unknown = id("[UNK]");
  CHECK(out.ids ==
        Numbers{id("a"), id("中"), unknown, id("a"), unknown, unknown, unknown, unknown, unknown, unknown, unknown});
  CHECK(out.begins.back() == 10);
  CHECK(out.ends.back() == 11);
  REQUIRE(tokenizer.encodeCharacters("", out));
  CHECK(out.size() == 0);
}

TEST_CASE("what is no UTF-8 is refused with its place") {
  WordPiece tokenizer = make();
  Tokens out;
  for (const char *broken : {"ab\xFF", "ab\xC0\x80", "ab\xE4\xB8", "ab\xED\xA0\x80", "ab\xF4\x90\x80\x80", "ab\x80",
                             "ab\xF0\x80\x80\x80", "ab\xE0\x80\x80", "ab\xC3(", "ab\xF8\x88\x80\x80\x80"}) {
    for (bool characters : {false, true}) {
      Result<void> done = characters ? tokenizer.encodeCharacters(broken, out) : tokenizer.encode(broken, out);
      REQUIRE(!done);
      CHECK(done.error().kind == ErrorKind::BadInput);
      CHECK(done.error().message.find("at byte 2") != std::string::npos);
      CHECK(out.size() == 0);
    }
  }
}

TEST_CASE("random bytes give tokens in order or an error, never more") {
  WordPiece tokenizer = make();
  std::mt19937 random(3);
  const std::string pieces[] = {"[SEP]",      "[MA", "unaffable", "中",   "\u0301",   "\u302E",
                                "\U0001E946", "한",  " ",         "\xE4", "\xF0\x9F", "\x80"};
  for (int round = 0; round < 20000; round++) {
    std::string text;
    for (unsigned count = random() % 12; count > 0; count--) {
      bool isByte = random() % 8 == 0;
      text += isByte ? std::string(1, static_cast<char>(random())) : pieces[random() % (random() % 4 == 0 ? 12 : 9)];
    }
    Tokens out;
    bool isText = tokenizer.encode(text, out).has_value();
    CHECK(isText == (clew::firstBrokenByte(text) == std::string::npos));
    auto characters = static_cast<int32_t>(text.size());
    int32_t last = 0;
    for (size_t i = 0; i < out.size(); i++) {
      REQUIRE(out.begins[i] >= 0);
      REQUIRE(out.begins[i] < out.ends[i]);
      REQUIRE(out.ends[i] <= characters);
      REQUIRE(out.begins[i] >= last);
      last = out.begins[i];
    }
  }
}

TEST_CASE("options out of range") {
  for (int longest : {0, -1, 1001}) {
    Result<WordPiece> made = WordPiece::create(make().vocabulary(), {.longestWord = longest});
    REQUIRE(!made);
    CHECK(made.error().kind == ErrorKind::BadInput);
  }
}

TEST_CASE("many threads encode at once") {
  WordPiece tokenizer = make();
  std::string text = "unaffable 中a国[MASK]한 q\u0307\u0323\u302E, 2020 ";
  Tokens expected;
  REQUIRE(tokenizer.encode(text, expected));
  std::vector<int> wrong(8, 0);
  std::vector<std::thread> threads;
  for (int &count : wrong) {
    threads.emplace_back([&] {
      Tokens out;
      for (int i = 0; i < 2000; i++) {
        bool done = tokenizer.encode(text, out).has_value();
        count += !done || out.ids != expected.ids || out.begins != expected.begins;
      }
    });
  }
  for (std::thread &thread : threads) {
    thread.join();
  }
  CHECK(wrong == std::vector<int>(8, 0));
}

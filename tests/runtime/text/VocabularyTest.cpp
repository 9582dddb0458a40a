// vocab.txt: ids, and files that are none.
#include "runtime/text/Vocabulary.h"

#include <doctest/doctest.h>

using clew::ErrorKind;
using clew::Result;
using clew::Vocabulary;

namespace {

const std::string Small = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n##ing\n中\n";

std::string errorOf(std::string text) {
  Result<Vocabulary> read = Vocabulary::parse(std::move(text), "vocab.txt");
  REQUIRE(!read);
  CHECK(read.error().kind == ErrorKind::BadInput);
  return read.error().render();
}

} // namespace

TEST_CASE("ids are line numbers") {
  Result<Vocabulary> read = Vocabulary::parse(Small, "vocab.txt");
  REQUIRE(read);
  CHECK(read->size() == 7);
  CHECK(read->find("中") == 6);
  CHECK(read->find("##ing") == 5);
  CHECK(read->find("ing") == -1);
  CHECK(read->find("") == -1);
  CHECK(read->token(4) == "the");
  CHECK(read->name() == "vocab.txt");
}

TEST_CASE(
    "trailing white space and carriage returns are no part of a token; an empty line is an id that no text gets") {
  Result<Vocabulary> read = Vocabulary::parse("[UNK]\r\n[CLS] \n[SEP]\xE3\x80\x80\t\n\n\na b\nlast", "vocab.txt");
  REQUIRE(read);
  CHECK(read->size() == 7);
  CHECK(read->find("[UNK]") == 0);
  CHECK(read->find("[SEP]") == 2);
  CHECK(read->token(3).empty());
  CHECK(read->find("") == -1);
  CHECK(read->find("a b") == 5);
  CHECK(read->find("last") == 6);
}

TEST_CASE("says what is wrong and where") {
  CHECK(errorOf(Small + "the\n") == "vocab.txt:8: error: token 'the' stands in line 5 already");
  CHECK(errorOf(Small + "a\xFFz\n") == "vocab.txt:8:2: error: expected UTF-8, found byte 0xff");
  CHECK(errorOf(Small + "\xED\xA0\x80\n").starts_with("vocab.txt:8:1:"));
  CHECK(errorOf(Small + "\xE4\xB8") == "vocab.txt:8:1: error: expected UTF-8, found byte 0xe4");
  CHECK(errorOf("\xEF\xBB\xBF" + Small).starts_with("vocab.txt:1:"));
  CHECK(errorOf(Small + std::string(1025, 'x')).find("1024") != std::string::npos);
  CHECK(errorOf(std::string((16 << 20) + 1, '\n')).find("bytes") != std::string::npos);
  CHECK(errorOf(std::string((1 << 20) + 1, '\n')).find("1048576") != std::string::npos);
}

TEST_CASE("empty lines at the end are no tokens and shift nothing") {
  const Result<Vocabulary> plain = Vocabulary::parse(Small, "vocab.txt");
  for (const std::string &tail : {"\n", "\n\n\n", " \n\t\r\n", "\r\n", " "}) {
    const Result<Vocabulary> read = Vocabulary::parse(Small + tail, "vocab.txt");
    REQUIRE(read);
    CHECK(read->size() == 7);
    CHECK(read->find("中") == 6);
    CHECK(read->entries() == 8); // the package counts them as one
    CHECK(read->sha256() == plain->sha256());
  }
  const Result<Vocabulary> inside = Vocabulary::parse("[UNK]\n\n\n中\n\n", "vocab.txt");
  REQUIRE(inside);
  CHECK(inside->size() == 4);
  CHECK(inside->find("中") == 3);
  CHECK(inside->entries() == 3);
}

TEST_CASE("tokens with ids: any order, ids left out; the same tokens are the same vocabulary wherever they stood") {
  const Result<Vocabulary> lines = Vocabulary::parse("a\nb\n\nc\n", "vocab.txt");
  const Result<Vocabulary> read = Vocabulary::of({{"c", 3}, {"a", 0}, {"b", 1}}, "tokenizer.json");
  REQUIRE(read);
  CHECK(read->size() == 4);
  CHECK(read->entries() == 3);
  CHECK(read->find("c") == 3);
  CHECK(read->token(2).empty());
  CHECK(read->sha256() == lines->sha256());
  CHECK(read->sha256() != Vocabulary::of({{"c", 2}, {"a", 0}, {"b", 1}}, "x")->sha256());
  CHECK(read->sha256() != Vocabulary::of({{"c", 3}, {"a", 1}, {"b", 0}}, "x")->sha256());
}

TEST_CASE("tokens with ids that are none") {
  using Tokens = std::vector<std::pair<std::string, int64_t>>;
  const auto errorOfTokens = [](Tokens tokens) {
    const Result<Vocabulary> read = Vocabulary::of(std::move(tokens), "tokenizer.json");
    REQUIRE(!read);
    CHECK(read.error().kind == ErrorKind::BadInput);
    return read.error().render();
  };
  CHECK(errorOfTokens({{"a", 0}, {"b", 0}}) == "tokenizer.json: error: the tokens 'a' and 'b' have one id, 0");
  CHECK(errorOfTokens({{"a", -1}, {"b", 0}}).find("found -1") != std::string::npos);
  CHECK(errorOfTokens({{"a", 1 << 20}}).find("found 1048576") != std::string::npos);
  CHECK(errorOfTokens({{"a", INT64_MAX}, {"b", 0}}).find("'a'") != std::string::npos);
  CHECK(errorOfTokens({{"a", 1}, {"a", 2}}).find("twice") != std::string::npos);
  CHECK(errorOfTokens({{std::string(1025, 'x'), 1}}).find("1024") != std::string::npos);
  CHECK(errorOfTokens({{"\xFF", 1}}).find("UTF-8") != std::string::npos);
  CHECK(errorOfTokens(Tokens((1 << 20) + 1)).find("1048576") != std::string::npos);
  CHECK(Vocabulary::of({}, "x")->size() == 0);
}

TEST_CASE("a file that is not there") {
  Result<Vocabulary> read = Vocabulary::load("/no/such/vocab.txt");
  REQUIRE(!read);
  CHECK(read.error().kind == ErrorKind::NotFound);
}

TEST_CASE("a token may hold NUL and nothing breaks") {
  Result<Vocabulary> read = Vocabulary::parse(Small + std::string("a\0b", 3) + "\n", "vocab.txt");
  REQUIRE(read);
  CHECK(read->find(std::string_view("a\0b", 3)) == 7);
}

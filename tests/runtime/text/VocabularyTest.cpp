// vocab.txt: ids, and files that are none.
#include "runtime/text/Vocabulary.h"

#include "runtime/base/Sha256.h"

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
  CHECK(read->unknown() == 1);
  CHECK(read->first() == 2);
  CHECK(read->separator() == 3);
  CHECK(read->sha256() == *clew::sha256Of(Small));
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
  CHECK(errorOf("").find("[UNK]") != std::string::npos);
  CHECK(errorOf("[UNK]\n[CLS]\n").find("[SEP]") != std::string::npos);
  CHECK(errorOf("\xEF\xBB\xBF" + Small).starts_with("vocab.txt:1:"));
  CHECK(errorOf(Small + std::string(1025, 'x')).find("1024") != std::string::npos);
  CHECK(errorOf(std::string((16 << 20) + 1, '\n')).find("bytes") != std::string::npos);
  CHECK(errorOf(std::string((1 << 20) + 1, '\n')).find("1048576") != std::string::npos);
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

// Files that were changed at random: every reader gives rows or an error with a line, never anything else. Run under the address
// sanitizer this is where a reader that trusts its input is found.
#include "tests/suites/data/DataCases.h"

#include <doctest/doctest.h>

#include <random>

using namespace clew;

namespace {

std::string mutated(std::string text, std::mt19937 &random) {
  static const std::string_view kPieces[] = {
      "\"",    "{",    "}",    "[",        "]",       ",",  ":",
      "\t",    "\n",   "\r\n", "\\u0000",  "\\ud800", "-1", "9223372036854775807",
      "1e999", "null", "\xff", "\xe4\xb8", "\0",      "B-", "I-"};
  const auto pick = [&](size_t n) { return static_cast<size_t>(random() % std::max<size_t>(n, 1)); };
  for (size_t times = 1 + pick(4); times > 0; --times) {
    const size_t at = pick(text.size() + 1);
    switch (random() % 5) {
    case 0:
      text.insert(at, kPieces[pick(std::size(kPieces))]);
      break;
    case 1:
      text.erase(at, 1 + pick(6));
      break;
    case 2:
      text.resize(at);
      break;
    case 3:
      if (at < text.size()) {
        text[at] = static_cast<char>(random() % 256);
      }
      break;
    default:
      text.insert(at, text.substr(pick(text.size()), pick(40)));
    }
  }
  return text;
}

void tryMutations(std::string_view kind, std::string_view layout, const std::string &text) {
  const DataCase data(kind, layout);
  REQUIRE(data.dev(text));
  std::mt19937 random(20200501);
  int refused = 0;
  for (int i = 0; i < 1500; ++i) {
    const Result<Dataset> read = data.dev(mutated(text, random));
    if (read) {
      CHECK(!read->rows.empty());
      continue;
    }
    ++refused;
    CHECK(read.error().kind == ErrorKind::BadInput);
    const bool placed =
        read.error().message == "holds no rows" || read.error().where.find("/dev:") != std::string::npos;
    CHECK_MESSAGE(placed, read.error().render());
  }
  CHECK(refused > 300);
}

} // namespace

TEST_CASE("json") {
  tryMutations("pair", "{reader: json, id: id, first: a, second: b, label: l}",
               "{\"id\": 1, \"a\": \"一二三\", \"b\": [\"四\", \"五\"], \"l\": \"1\"}\n"
               "{\"id\": 2, \"a\": \"六七\", \"b\": \"八\\u4e5d\", \"l\": 0}\n");
}

TEST_CASE("json array") {
  tryMutations("classify", "{reader: json, first: a, label: l}",
               "[{\"a\": \"一二三\", \"l\": \"1\"},\n {\"a\": \"x\", \"l\": \"-\"},\n {\"a\": \"y\", \"l\": 0}]\n");
}

TEST_CASE("tables") {
  const std::string tabs = "l\ta\tid\n1\t一二三四\t1\n0\t五六七\t2\n1\t八九\t3\n";
  tryMutations("classify", "{reader: tsv, id: id, first: a, label: l}", tabs);
  tryMutations("classify", "{reader: tsv, columns: [l, a], first: a, label: l}", "1\t一二三四\n0\t五六七\n1\t八九\n");
  tryMutations("pair", "{reader: csv, first: a, second: b, label: l}",
               "a,b,l\n\"一,二\",\"三\"\"四\",1\n五,\"六\n七\",0\n");
}

TEST_CASE("entities") {
  tryMutations(
      "tag", "{reader: entities}",
      "{\"text\": \"彭小军在台湾\", \"label\": {\"place\": {\"台湾\": [[4, 5]]}, \"name\": {\"彭小军\": [[0, 2]]}}}\n"
      "{\"text\": \"无\", \"label\": {}}\n");
}

TEST_CASE("bio") {
  tryMutations("tag", "{reader: bio}", "彭 B-name\n军 I-name\n在 O\n台 B-place\n湾 I-place\n\n好 O\n");
}

TEST_CASE("squad") {
  tryMutations("span", "{reader: squad}",
               R"({"data": [{"title": "t", "paragraphs": [{"context": "上下文", "qas": [
 {"question": "问", "id": "Q0", "answers": [{"text": "下", "answer_start": 1}]},
 {"question": "又", "id": "Q1", "answers": [{"text": "上下", "answer_start": 0}]}]}]}]})");
}

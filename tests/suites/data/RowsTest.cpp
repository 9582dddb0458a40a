// Each reader: what it reads, and what it says about rows that are wrong.
#include "suites/data/TextFile.h"
#include "tests/suites/data/DataCases.h"

#include <doctest/doctest.h>

using namespace clew;

TEST_CASE("json: an object a line, or one array") {
  const DataCase data("pair", "{reader: json, id: id, first: a, second: b, label: l}");
  for (const char *text :
       {"{\"a\": \"一\", \"b\": \"二\", \"l\": 1, \"id\": \"x\"}\n{\"a\": [\"三\", \"四\"], \"b\": \"五\", "
        "\"l\": \"wrong\"}\n",
        "[{\"a\": \"一\", \"b\": \"二\", \"l\": \"1\", \"id\": \"x\"},\n{\"a\": [\"三\", \"四\"], \"b\": "
        "\"五\", \"l\": \"0\"}]"}) {
    const Result<Dataset> read = data.dev(text);
    REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
    REQUIRE(read->rows.size() == 2);
    CHECK(render(read->rows[0].id) == "x");
    CHECK(read->rows[0].fields[0] == "一");
    CHECK(read->rows[0].gold == Gold(1));
    CHECK(render(read->rows[1].id) == "1");
    CHECK(read->rows[1].fields[0] == "三 四");
    CHECK(read->rows[1].fields[1] == "五");
    CHECK(read->rows[1].gold == Gold(0));
    CHECK(read->rows[1].line == 2);
  }
}

TEST_CASE("json: what is wrong is named by its line") {
  const DataCase data("classify", "{reader: json, id: id, first: a, label: l}");
  const std::string good = "{\"a\": \"x\", \"l\": \"1\"}\n";
  CHECK(data.wrong(good + "{\"a\": \"x\", \"l\": \"2\"}\n") ==
        "2: unknown label '2', the task 'small' has '0' and '1'");
  CHECK(data.wrong(good + "{\"a\": \"x\"}\n") == "2: missing 'l'");
  CHECK(data.wrong(good + "{\"a\": 3, \"l\": \"1\"}\n") == "2: expected a text as 'a', found the number 3");
  CHECK(data.wrong(good + "{\"a\": \"x\", \"l\": [1]}\n") == "2: expected a label, found a list");
  CHECK(data.wrong(good + "[1]\n") == "2: expected an object, found a list");
  CHECK(data.wrong(good + "{\"a\": \"x\", \"l\"") == "2: the JSON is cut short");
  CHECK(data.wrong(good + "{\"a\": \"x") == "2: the JSON is cut short");
  CHECK(data.wrong(good + "{\"a\": \"x\", \"a\": \"y\"}\n") == "2: the key 'a' stands twice in an object");
  CHECK(data.wrong(good + "{'a': 1}\n").starts_with("2: malformed JSON"));
  CHECK(data.wrong(good + "\n" + good) == "2: expected a JSON object, found an empty line");
  CHECK(data.wrong("[" + good + ",\n" + good + ",\n") == "4: the JSON is cut short");
  CHECK(data.wrong("[" + good + ",\n\n{\"a\": 1}]").starts_with("4: "));
  CHECK(data.wrong("{\"a\": \"x\", \"l\": 1, \"id\": 5}\n{\"a\": \"x\", \"l\": 1, \"id\": 5}\n") ==
        "2: the id 5 stands there twice");
  CHECK(data.wrong("") == ": holds no rows");
  CHECK(data.wrong("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1").starts_with("1: nested deeper than"));
  CHECK(data.wrong(good + "\n\n").empty());
}

TEST_CASE("a split without labels needs none and looks at none") {
  const DataCase data("classify", "{reader: json, first: a, label: l}");
  const Result<Dataset> read = data.test("{\"a\": \"x\"}\n{\"a\": \"y\", \"l\": \"no label at all\"}\n");
  REQUIRE(read);
  CHECK(!read->labelled);
  CHECK(read->rows[1].gold == Gold());
}

TEST_CASE("encodings: a byte order mark is fine, all but UTF-8 is named") {
  const DataCase data("classify", "{reader: tsv, first: a, label: l}");
  const Result<Dataset> marked = data.dev("\xef\xbb\xbf"
                                          "a\tl\r\n一\t1\r\n");
  REQUIRE(marked);
  CHECK(marked->rows[0].fields[0] == "一");
  CHECK(data.wrong("a\tl\nx\t1\n\xd2\xbb\xb6\xfe\t1\n").starts_with("3: expected UTF-8; it looks like GBK"));
  CHECK(data.wrong(std::string_view("\xff\xfe"
                                    "a\0\t\0l\0",
                                    8)) == "1: expected UTF-8; it looks like UTF-16");
  CHECK(data.wrong(std::string_view("a\0\t\0l\0\n\0", 8)) ==
        "1: expected text, found a zero byte; it looks like UTF-16");
  CHECK(data.wrong("a\tl\n\xff\xff\t1\n") == "2: expected UTF-8");
  CHECK(data.wrong("\xed\xa0\x80\tl\n").starts_with("1: expected UTF-8"));
}

TEST_CASE("tsv: a header line, or columns from the task") {
  const DataCase headed("pair", "{reader: tsv, id: qid, first: a, second: b, label: l}");
  const Result<Dataset> read = headed.dev("l\ta\tb\tqid\n1\t\"x\ty\t7\n-\tx\ty\t8\nwrong\tu\tv\tn9");
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  CHECK(read->rows[0].fields[0] == "\"x");
  CHECK(render(read->rows[0].id) == "7");
  CHECK(read->rows[1].gold == Gold(0));
  CHECK(read->skipped.size() == 1);
  CHECK(read->rows[1].line == 4);
  CHECK(headed.wrong("a\tl\nx\t1\n") == "1: expected a header line with a column 'b', found 'a' and 'l'");
  CHECK(headed.wrong("l\ta\tb\n1\tx\ty\n1\tx\n") == "3: expected 3 columns, found 2");
  CHECK(headed.wrong("l\ta\tb\n1\tx\ty\n9\tx\ty\n").starts_with("3: unknown label '9'"));

  const DataCase plain("pair", "{reader: tsv, columns: [a, b, l], first: a, second: b, label: l}");
  const Result<Dataset> rows = plain.dev("x\ty\t1\nu\tv\t0\n");
  REQUIRE(rows);
  CHECK(rows->rows.size() == 2);
  CHECK(plain.wrong("x\ty\t1\nu\tv\n") == "2: expected 3 columns, found 2");
  CHECK(plain.wrong("x\ty\t1\n\nu\tv\t0\n") == "2: expected a row, found an empty line");
  CHECK(plain.test("x\ty\nu\tv\n"));
  CHECK(plain.test("x\ty\t1\nu\tv\t1\n"));
  CHECK(!plain.test("x\ty\nu\tv\t1\n"));
}

TEST_CASE("csv: quoted cells hold commas, quotes and newlines") {
  const DataCase data("pair", "{reader: csv, first: a, second: b, label: l}");
  const Result<Dataset> read = data.dev("a,b,l\r\n\"x, \"\"y\"\"\nz\",w,1\r\nu,v,0\r\n");
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  CHECK(read->rows[0].fields[0] == "x, \"y\"\nz");
  CHECK(read->rows[1].line == 4);
  CHECK(data.wrong("a,b,l\nx,\"y,1\nu,v,0\n") == "2: a quoted cell begins here and never ends");
}

TEST_CASE("entities: spans are inclusive code points and must slice to their text") {
  const DataCase data("tag", "{reader: entities}");
  const Result<Dataset> read = data.dev(
      "{\"text\": \"彭小军在台湾\", \"label\": {\"place\": {\"台湾\": [[4, 5]]}, \"name\": {\"彭小军\": [[0, 2]]}}}\n");
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  const std::vector<Entity> expected = {{"name", 0, 3}, {"place", 4, 6}};
  CHECK(read->rows[0].gold == Gold(expected));
  const auto line = [](const std::string &label) { return "{\"text\": \"彭小军\", \"label\": " + label + "}\n"; };
  CHECK(data.wrong(line("{\"name\": {\"彭小军\": [[0, 1]]}}")) == "1: characters 0 to 1 are '彭小', not '彭小军'");
  CHECK(data.wrong(line("{\"name\": {\"彭小军\": [[0, 3]]}}"))
            .starts_with("1: expected [first, last] inside the text of 3"));
  CHECK(data.wrong(line("{\"name\": {\"彭小军\": [[2, 0]]}}")).starts_with("1: expected [first, last]"));
  CHECK(data.wrong(line("{\"name\": {\"彭小军\": [[9223372036854775807, 9223372036854775807]]}}")).starts_with("1: "));
  CHECK(data.wrong(line("{\"nam\": {\"彭\": [[0, 0]]}}")).starts_with("1: unknown label 'nam'"));
  CHECK(data.wrong(line("{\"name\": {\"彭\": [[0, 0], [0, 0]]}}")).ends_with("stands there twice"));
  CHECK(data.wrong(line("[]")).starts_with("1: expected 'label' as"));
  CHECK(data.wrong(line("{\"name\": {\"彭\": []}}")) ==
        "1: expected the places of '彭', [[first, last], ...], found an empty list");
  CHECK(data.wrong(line("{\"name\": {\"彭\": 3}}")).ends_with("found the number 3"));
  CHECK(data.wrong(line("{\"name\": []}")).ends_with("under 'name', found an empty list"));
  CHECK(data.wrong(line("{\"name\": {\"彭\": [[]]}}")).starts_with("1: expected [first, last]"));
  CHECK(data.dev(line("{\"name\": {}}"))); // a type without entities says nothing wrong
}

TEST_CASE("squad: SQuAD's nesting, and CMRC2018's flat one") {
  const DataCase data("span", "{reader: squad}");
  const char *nested = R"({"version": "1", "data": [{"title": "t", "paragraphs": [{"id": "P", "context": "上下文",
    "qas": [{"question": "问", "id": "Q0", "answers": [{"text": "下", "answer_start": 7}, {"text": "上下", "answer_start": 0}]}]}]}]})";
  const char *flat = R"([{"context_id": "P", "context_text": "上下文", "title": "t",
    "qas": [{"query_text": "问", "query_id": "Q0", "answers": ["下", "上下"]}]}])";
  for (const char *text : {nested, flat}) {
    const Result<Dataset> read = data.dev(text);
    REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
    REQUIRE(read->rows.size() == 1);
    CHECK(render(read->rows[0].id) == "Q0");
    CHECK(read->rows[0].fields[0] == "上下文");
    CHECK(read->rows[0].fields[1] == "问");
    CHECK(read->rows[0].gold == Gold(std::vector<std::string>{"下", "上下"}));
    CHECK(read->rows[0].line == 2);
  }
  CHECK(data.wrong("{\"data\": {}}") == "1: expected a list 'data' of articles, found an object");
  CHECK(data.wrong("[{\"context\": \"c\",\n\"qas\": [{\"question\": \"q\",\n\"id\": \"i\", \"answers\": []}]}]")
            .starts_with("2: expected a list of 'answers'"));
  CHECK(data.wrong("[{\"context\": \"c\", \"qas\": [{\"question\": \"q\", \"answers\": [\"a\"]}]}]") ==
        "1: missing 'id' (or 'query_id')");
  CHECK(data.wrong("[{\"context\": \"c\",\n\"qas\": [").starts_with("2: the JSON is cut short"));
}

TEST_CASE("what is quoted of a file ends between characters") {
  std::string name;
  for (int i = 0; i < 60; ++i) {
    name += i % 7 == 0 ? "a" : "中";
  }
  const DataCase json("classify", "{reader: json, first: a, label: l}");
  const DataCase tag("tag", "{reader: entities}");
  const DataCase bio("tag", "{reader: bio}");
  const DataCase span("span", "{reader: squad}");
  for (size_t shift = 0; shift < 3; ++shift) {
    const std::string text = std::string(shift, 'x') + name;
    for (const std::string &message :
         {json.wrong("{\"a\": \"x\", \"l\": \"" + text + "\"}\n"),
          json.wrong("{\"" + text + "\": 1, \"" + text + "\": 1}\n"), json.wrong("{\"a\": " + text + "}\n"),
          json.wrong("{\"a\" " + text + "}\n"),
          tag.wrong("{\"text\": \"" + text + "\", \"label\": {\"name\": {\"" + text + "\": []}}}\n"),
          tag.wrong("{\"text\": \"" + text + "\", \"label\": {\"name\": {\"" + text + "\": [[0, 50]]}}}\n"),
          tag.wrong("{\"text\": \"" + text + "\", \"label\": {\"" + text + "\": {}}}\n"), bio.wrong(text + " O\n"),
          bio.wrong("中 " + text + "\n"), bio.wrong("中 B-" + text + "\n"), span.wrong("{\"data\": 中}\n")}) {
      CAPTURE(message);
      CHECK(!message.empty());
      CHECK(checkUtf8(message, "message"));
    }
  }
}

TEST_CASE("a missing file names what was looked for and how to get it") {
  const DataCase data("classify", "{reader: json, first: a, label: l}");
  const Result<Dataset> none = readSplit(data.task(), "dev", data.dataFolder());
  REQUIRE(!none);
  CHECK(none.error().kind == ErrorKind::NotFound);
  CHECK(none.error().message == "found none of 'dev'; get it with: clew data fetch small");
  const Result<Dataset> split = readSplit(data.task(), "valid", data.dataFolder());
  REQUIRE(!split);
  CHECK(split.error().message == "the task 'small' has no split 'valid', it has 'dev' and 'test'");
}

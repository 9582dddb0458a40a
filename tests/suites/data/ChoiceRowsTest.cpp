// Rows that are more than texts: keys inside objects, lists, numbers, choices, blanks with answers in another file, several labels.
#include "tests/suites/data/DataCases.h"

#include "suites/data/Blanks.h"
#include "suites/data/Fetch.h"
#include "suites/data/TaskIdentity.h"

#include <doctest/doctest.h>

#include <filesystem>

using namespace clew;

namespace {

constexpr const char *kPronoun =
    "{reader: json, id: idx, text: text, span1_text: target.span1_text, span1_index: "
    "target.span1_index, span2_text: target.span2_text, span2_index: target.span2_index, label: label}";

/// The task of `kind` whose dev has the further files of `parts`.
std::string withParts(std::string_view kind, std::string_view layout, const std::string &parts) {
  std::string text = taskText(kind, layout);
  return text.replace(text.find("{name: dev}"), 11, "{name: dev, " + parts + "}");
}

} // namespace

TEST_CASE("keys look into objects, and places are held against the text") {
  const DataCase data("pronoun", kPronoun);
  const std::string right =
      "{\"target\": {\"span2_index\": 2, \"span1_index\": 0, \"span1_text\": \"甲\", \"span2_text\": "
      "\"他\"}, \"idx\": 7, \"label\": \"1\", \"text\": \"甲说他\"}\n";
  const Result<Dataset> read = data.dev(right);
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  CHECK(read->rows[0].fields == std::vector<std::string>{"甲说他", "甲", "0", "他", "2"});
  CHECK(render(read->rows[0].id) == "7");
  const auto changed = [&](const std::string &before, const std::string &after) {
    std::string text = right;
    return data.wrong(text.replace(text.find(before), before.size(), after));
  };
  CHECK(changed("\"span1_index\": 0", "\"span1_index\": 1") == "1: '甲' does not stand at character 1 of the text");
  CHECK(changed("\"span1_index\": 0", "\"span1_index\": \"0\"") ==
        "1: expected a whole number from 0 as 'target.span1_index', found a text");
  CHECK(changed("\"span1_index\": 0", "\"span1_index\": -1").find("a whole number from 0") != std::string::npos);
  CHECK(changed("\"span1_text\": \"甲\", ", "") == "1: missing 'target.span1_text'");
  CHECK(changed("\"label\": \"1\"", "\"label\": true").find("unknown label 'true'") != std::string::npos);
}

TEST_CASE("lists stay lists, and have a text of their own") {
  const DataCase data("keywords", "{reader: json, keywords: keyword, abstract: abst, label: label}");
  const Result<Dataset> read = data.dev("{\"keyword\": [\"甲\", \"乙 丙\"], \"abst\": \"文\", \"label\": \"0\"}\n");
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  CHECK(read->rows[0].fields == std::vector<std::string>{"甲 乙 丙", "文"});
  CHECK(read->rows[0].lists[0] == std::vector<std::string>{"甲", "乙 丙"});
  CHECK(data.wrong("{\"keyword\": [], \"abst\": \"文\", \"label\": \"0\"}\n")
            .find("expected a list of texts as 'keyword'") != std::string::npos);
  CHECK(data.wrong("{\"keyword\": [1], \"abst\": \"文\", \"label\": \"0\"}\n").find("expected texts in 'keyword'") !=
        std::string::npos);
}

TEST_CASE("C3: passages with questions with choices") {
  const DataCase data("choice", "{reader: c3}");
  const std::string text = R"([[["男：好吗?", "女：好。"], [{"question": "谁?", "choice": ["男", "女"], "answer": "女"},
 {"question": "好吗?", "choice": ["好", "不", "好"], "answer": "好"}], "1-2"],
 [["文"], [{"question": "问", "choice": ["一", "二"], "answer": "一"}], "m"]])";
  const Result<Dataset> read = data.dev(text);
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  REQUIRE(read->rows.size() == 3);
  CHECK(read->rows[0].fields[0] == "男：好吗?\n女：好。");
  CHECK(read->rows[1].lists[2] == std::vector<std::string>{"好", "不", "好"});
  CHECK(std::get<int32_t>(read->rows[0].gold) == 1);
  CHECK(std::get<int32_t>(read->rows[1].gold) == 0);
  CHECK(render(read->rows[2].id) == "2");
  CHECK(read->rows[1].line == 2);
  CHECK(read->notes == std::vector<std::string>{"1 question has two choices that equal the answer: the first counts"});
  const auto wrong = [&](const std::string &before, const std::string &after) {
    std::string changed = text;
    return data.wrong(changed.replace(changed.find(before), before.size(), after));
  };
  CHECK(wrong("\"answer\": \"女\"", "\"answer\": \"人\"") == "1: the answer '人' is none of the choices");
  CHECK(wrong("[\"男\", \"女\"]", "[\"女\"]") == "1: expected 'choice', a list of at least 2 texts, found a list");
  CHECK(wrong("[\"文\"]", "\"文\"").find("3: expected the context") == 0);
  CHECK(wrong("\"question\": \"问\", ", "").find("3: expected a text as 'question', found none") == 0);
  CHECK(data.test(R"([[["文"], [{"question": "问", "choice": ["一", "二"], "id": 17}], "m"]])")->rows[0].id ==
        RowId(int64_t{17}));
}

TEST_CASE("CHID: blanks of several passages, and their answers in a file of their own") {
  const DataCase data(withParts("cloze", "{reader: chid}", "answers: {name: dev_answer}"));
  const std::string rows =
      "{\"content\": [\"甲#idiom000001#乙\", \"#idiom000002#\"], \"candidates\": [\"一\", \"二\"]}\n"
      "{\"content\": [\"#idiom000003#\"], \"candidates\": [\"三\", \"四\"]}\n";
  const auto dev = [&](const std::string &answers) {
    data.write("dev_answer", answers);
    return data.dev(rows);
  };
  const Result<Dataset> read =
      dev("{\"#idiom000001#\": 1, \"#idiom000003#\": 0,\n \"#idiom000002#\": 0, \"#idiom9#\": 1}");
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  CHECK(std::get<std::vector<int32_t>>(read->rows[0].gold) == std::vector<int32_t>{1, 0});
  CHECK(std::get<std::vector<int32_t>>(read->rows[1].gold) == std::vector<int32_t>{0});
  REQUIRE(read->notes.size() == 1);
  CHECK(read->notes[0].starts_with("1 answers of "));
  const auto wrong = [&](const std::string &answers) {
    const Result<Dataset> data = dev(answers);
    return data ? "" : data.error().where.substr(data.error().where.rfind('/') + 1) + ": " + data.error().message;
  };
  CHECK(wrong("{\"#idiom000001#\": 1,\n \"#idiom000002#\": 0}") ==
        "dev:2: there is no answer for the blank '#idiom000003#'");
  CHECK(wrong("{\"#idiom000001#\": 2, \"#idiom000002#\": 0, \"#idiom000003#\": 0}") ==
        "dev:1: there is no choice 2: the row has 2, from 0");
  CHECK(wrong("{\"#idiom000001#\":\n \"x\"}") ==
        "dev_answer:2: expected the number of a choice for '#idiom000001#', found a text");
  CHECK(wrong("[1]").find("dev_answer:1: expected an object") == 0);
  std::filesystem::remove(data.dataFolder() + "/small/dev_answer");
  CHECK(!data.dev(rows)); // none is read without its answers
  CHECK(inspectTask(data.task(), data.dataFolder())[0].state == FileState::Missing);
  CHECK(data.test(rows)->rows.size() == 2);
}

TEST_CASE("FewCLUE's CHID: one blank without a number") {
  const DataCase data("cloze", "{reader: json, id: id, content: content, candidates: candidates, label: answer}");
  const Result<Dataset> read =
      data.dev("{\"id\": 5, \"content\": \"甲#idiom#\", \"candidates\": [\"一\", \"二\"], \"answer\": 1}\n");
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  CHECK(read->rows[0].lists[0] == std::vector<std::string>{"甲#idiom#"});
  CHECK(std::get<std::vector<int32_t>>(read->rows[0].gold) == std::vector<int32_t>{1});
  CHECK(data.wrong("{\"id\": 5, \"content\": \"甲\", \"candidates\": [\"一\", \"二\"], \"answer\": 1}\n")
            .find("expected a blank") != std::string::npos);
  CHECK(data.wrong("{\"content\": \"#idiom#\", \"candidates\": [\"一\", \"二\"], \"answer\": [0, 1]}\n") ==
        "1: 2 choices for 1 blanks");
}

TEST_CASE("blanks are where their marks are whole") {
  const std::vector<std::string> texts = {"#idiom#idiom12#", "#idiom12", "idiom1# #idiom#"};
  const std::vector<Blank> blanks = blanksOf(texts);
  REQUIRE(blanks.size() == 3);
  CHECK(blanks[0].name == "#idiom#");
  CHECK(blanks[1].name == "#idiom12#");
  CHECK(blanks[1].begin == 6);
  CHECK(blanks[2].text == 2);
}

TEST_CASE("rows of several files go on counting, and have one digest") {
  const DataCase data(withParts("choice", "{reader: c3}", "also: [{name: more}]"));
  data.write("more", R"([[["文"], [{"question": "二", "choice": ["一", "二"], "answer": "二"}], "m"]])");
  const std::string first = R"([[["文"], [{"question": "一", "choice": ["一", "二"], "answer": "一"}], "d"]])";
  const Result<Dataset> read = data.dev(first);
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  REQUIRE(read->rows.size() == 2);
  CHECK(read->rows[1].fields[1] == "二");
  CHECK(render(read->rows[1].id) == "1");
  const std::string before = read->sha256;
  data.write("more", R"([[["文"], [{"question": "三", "choice": ["一", "二"], "answer": "二"}], "m"]])");
  CHECK(data.dev(first)->sha256 != before);
  CHECK(!read->official);
}

TEST_CASE("numbers are numbers in their range") {
  const DataCase data("regression", "{reader: tsv, id: index, first: a, second: b, label: score}");
  const Result<Dataset> read = data.dev("index\ta\tb\tscore\n0\tx\ty\t2.5\n1\tx\ty\t5\n");
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  CHECK(std::get<double>(read->rows[0].gold) == 2.5);
  for (const char *cell : {"5.001", "-1", "nan", "inf", "", "2,5", "2.5 ", "1e400"}) {
    CAPTURE(cell);
    CHECK(data.wrong("index\ta\tb\tscore\n0\tx\ty\t" + std::string(cell) + "\n")
              .starts_with("2: expected a number from 0 to 5"));
  }
}

TEST_CASE("several labels: a list, or a cell with a separator") {
  const DataCase lines("multi_label", "{reader: json, first: t, label: l}");
  const Result<Dataset> read = lines.dev(
      "{\"t\": \"x\", \"l\": [\"time\", \"name\"]}\n{\"t\": \"y\", \"l\": []}\n{\"t\": \"z\", \"l\": [\"-\"]}\n");
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  REQUIRE(read->rows.size() == 2);
  CHECK(read->skipped.size() == 1);
  CHECK(std::get<std::vector<int32_t>>(read->rows[0].gold) == std::vector<int32_t>{0, 2});
  CHECK(std::get<std::vector<int32_t>>(read->rows[1].gold).empty());
  CHECK(lines.wrong("{\"t\": \"x\", \"l\": [\"time\", \"time\"]}\n") == "1: the label 'time' stands there twice");
  const DataCase table("multi_label", "{reader: csv, first: t, label: l}");
  const Result<Dataset> cells = table.dev("t,l\nx,\"name,place\"\ny,\n");
  REQUIRE_MESSAGE(cells, (cells ? "" : cells.error().render()));
  CHECK(std::get<std::vector<int32_t>>(cells->rows[0].gold) == std::vector<int32_t>{0, 1});
  CHECK(std::get<std::vector<int32_t>>(cells->rows[1].gold).empty());
}

TEST_CASE("tabs inside quotes: read where the layout says so, refused where not") {
  const std::string text = "a\tl\n\"x\ty \"\"z\"\"\"\t1\n\"two\nlines\"\t0\n";
  const Result<Dataset> read = DataCase("classify", "{reader: quoted_tsv, first: a, label: l}").dev(text);
  REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
  CHECK(read->rows[0].fields[0] == "x\ty \"z\"");
  CHECK(read->rows[1].fields[0] == "two\nlines");
  CHECK(DataCase("classify", "{reader: tsv, first: a, label: l}").wrong(text) == "2: expected 2 columns, found 3");
}

TEST_CASE("what a task says counts in its identity, what it does not say does not") {
  const auto identity = [](const std::string &from, const std::string &to) {
    std::string text = taskText("classify", "{reader: json, first: a, label: l}");
    return taskSha256(DataCase(text.replace(text.find(from), from.size(), to)).task());
  };
  const std::string plain = identity("longest: 64", "longest: 64");
  CHECK(identity("longest: 64", "longest: 64\nmetrics: [accuracy]") != plain);
  CHECK(identity("longest: 64", "longest: 63") != plain);
}

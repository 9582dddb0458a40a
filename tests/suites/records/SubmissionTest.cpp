// Submission files: their form for each kind of task, and what is refused.
#include "suites/records/Submission.h"
#include "runtime/base/Sha256.h"
#include "suites/metrics/Prediction.h"
#include "tests/suites/data/DataCases.h"

#include <doctest/doctest.h>

#include <set>

using namespace clew;

namespace {

/// A record of the small task whose predictions lie beside it.
struct SubmissionCase {
  DataCase data;
  TemporaryFolder folder;
  Record record;
  std::string rows;

  SubmissionCase(std::string_view kind, std::string_view layout, std::string rowsText)
      : data(kind, layout), rows(std::move(rowsText)) {
    data.write("test", rows);
    record.json = {{"task", data.yamlPath()},
                   {"split", "test"},
                   {"data_sha256", *sha256Of(std::string_view(rows))},
                   {"weights_sha256", "00"},
                   {"predictions", {{"path", "p/predictions.jsonl"}, {"sha256", ""}}}};
  }

  Result<Submission> submit(const std::string &predictions) {
    folder.write("p/predictions.jsonl", predictions);
    record.json["predictions"]["sha256"] = *sha256Of(std::string_view(predictions));
    return make();
  }
  Result<Submission> make() const {
    const Result<TaskSet> tasks = TaskSet::open({std::string(CLEW_SOURCE_DIR) + "/suites/tasks"});
    REQUIRE(tasks);
    return makeSubmission({record, folder.path, "records.jsonl:1"}, *tasks, data.dataFolder());
  }
  std::string wrong(const std::string &predictions) {
    const Result<Submission> made = submit(predictions);
    return made ? "" : made.error().message;
  }
};

constexpr const char *kJson = "{reader: json, id: id, first: a, label: l}";
const std::string kRows = "{\"id\": 7, \"a\": \"x\"}\n{\"id\": \"q\", \"a\": \"y\"}\n";

} // namespace

TEST_CASE("a label a line, in the order of the official file") {
  SubmissionCase one("classify", kJson, kRows);
  const Result<Submission> made = one.submit(
      "{\"id\": \"q\", \"label\": \"0\", \"probs\": {\"0\": 0.9, \"1\": 0.1}}\n{\"id\": 7, \"label\": \"1\"}\n");
  REQUIRE_MESSAGE(made, (made ? "" : made.error().render()));
  CHECK(made->name == "small_predict.json");
  CHECK(made->text == "{\"id\": 7, \"label\": \"1\"}\n{\"id\": \"q\", \"label\": \"0\"}\n");
  CHECK(made->rows == 2);
  CHECK(made->notes.size() == 1); // no official test file
}

TEST_CASE("entities in CLUENER's form") {
  SubmissionCase one("tag", "{reader: entities}",
                     "{\"id\": 0, \"text\": \"彭小军在台湾\"}\n{\"id\": 1, \"text\": \"无\"}\n");
  const Result<Submission> made = one.submit("{\"id\": 0, \"text\": \"彭小军在台湾\", \"label\": {\"place\": "
                                             "{\"台湾\": [[4, 5]]}, \"name\": {\"彭小军\": [[0, 2]]}}}\n"
                                             "{\"id\": 1, \"text\": \"无\", \"label\": {}}\n");
  REQUIRE_MESSAGE(made, (made ? "" : made.error().render()));
  const nlohmann::json first = nlohmann::json::parse(made->text.substr(0, made->text.find('\n')));
  CHECK(first["id"] == 0);
  CHECK(first["label"]["place"]["台湾"][0] == nlohmann::json({4, 5}));
  CHECK(first["label"]["name"]["彭小军"][0] == nlohmann::json({0, 2}));
}

TEST_CASE("answers as one object") {
  SubmissionCase one(
      "span", "{reader: squad}",
      R"([{"context": "上下文", "qas": [{"question": "问", "id": "Q0"}, {"question": "又", "id": "Q1"}]}])");
  const Result<Submission> made = one.submit(
      "{\"id\": \"Q1\", \"answer\": \"\", \"start\": -1}\n{\"id\": \"Q0\", \"answer\": \"下\", \"start\": 1}\n");
  REQUIRE_MESSAGE(made, (made ? "" : made.error().render()));
  CHECK(made->text == "{\n  \"Q0\": \"下\",\n  \"Q1\": \"\"\n}\n");
}

TEST_CASE("GLUE takes a table, whose numbers have three digits") {
  const auto submitted = [](const char *kind, const std::string &predictions) {
    std::string text = taskText(kind, "{reader: json, id: index, first: a, second: b, label: l}");
    text.replace(text.find("small_predict.json"), 18, "STS-B.tsv");
    const DataCase data(text);
    const Result<Dataset> rows =
        data.test("{\"index\": 0, \"a\": \"x\", \"b\": \"y\"}\n{\"index\": 1, \"a\": \"z\", \"b\": \"y\"}\n");
    REQUIRE(rows);
    const Task &task = data.task();
    Result<std::vector<Prediction>> read = parsePredictions(task, predictions, "p");
    REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
    const Result<MatchedPredictions> matched = matchPredictions(task, rows->rows, {}, std::move(*read), "p");
    REQUIRE_MESSAGE(matched, (matched ? "" : matched.error().render()));
    return task.kind->renderSubmission(task, rows->rows, matched->predictions);
  };
  const std::string numbers = "index\tprediction\n0\t4.750\n1\t-0.667\n";
  CHECK(submitted("regression", "{\"id\": 1, \"label\": -0.66666}\n{\"id\": 0, \"label\": 4.75}\n") == numbers);
  CHECK(submitted("regression", numbers) == numbers);
  const std::string labels = "index\tprediction\n0\t1\n1\t0\n";
  CHECK(submitted("pair", "{\"id\": 1, \"label\": \"wrong\"}\n{\"id\": 0, \"label\": 1}\n") == labels);
  CHECK(submitted("pair", labels) == labels);
}

TEST_CASE("blanks of all rows are one object, as CLUE takes them for CHID") {
  SubmissionCase one("cloze", "{reader: chid}",
                     "{\"content\": [\"#idiom01#\", \"甲#idiom02#\"], \"candidates\": [\"一\", \"二\"]}\n");
  const Result<Submission> made = one.submit("{\"id\": 0, \"label\": {\"#idiom02#\": 0, \"#idiom01#\": 1}}\n");
  REQUIRE_MESSAGE(made, (made ? "" : made.error().render()));
  CHECK(made->text == "{\n  \"#idiom01#\": 1,\n  \"#idiom02#\": 0\n}\n");
  CHECK(one.wrong("{\"id\": 0, \"label\": {\"#idiom01#\": 1}}\n").find("expected choices for 2 blanks, found 1") !=
        std::string::npos);
  CHECK(one.wrong("{\"#idiom01#\": 1,\n \"#idiom02#\": 2}").find("there is no choice 2") != std::string::npos);
  CHECK(one.wrong("{\"#idiom01#\": 1,\n \"#idiom02#\": 0, \"#idiom03#\": 0}").find("unknown ids: #idiom03#") !=
        std::string::npos);
}

TEST_CASE("what submit writes is read as predictions, and says the same, for every kind") {
  struct Case {
    const char *kind;
    const char *layout;
    std::string rows;
    std::string predictions;
  };
  const std::vector<Case> cases = {
      {"classify", kJson, kRows, "{\"id\": 7, \"label\": \"1\"}\n{\"id\": \"q\", \"label\": \"0\"}\n"},
      {"classify", "{reader: tsv, columns: [a, l], first: a, label: l}", "x\ny\n",
       "{\"id\": 0, \"label\": 1}\n{\"id\": 1, \"label\": \"wrong\"}\n"},
      {"pair", "{reader: json, id: id, first: a, second: b, label: l}", "{\"id\": 3, \"a\": \"x\", \"b\": \"y\"}\n",
       "{\"id\": 3, \"label\": \"1\", \"probs\": {\"0\": 0.25, \"1\": 0.75}}\n"},
      {"tag", "{reader: entities}", "{\"id\": 5, \"text\": \"彭小军在台湾\"}\n{\"id\": 6, \"text\": \"\"}\n",
       "{\"id\": 6, \"label\": {}}\n{\"id\": 5, \"label\": {\"name\": {\"彭小军\": [[0, 2]]}, \"place\": {\"台湾\": "
       "[[4, 5]]}}}\n"},
      {"tag_characters", "{reader: entities}", "{\"id\": 5, \"text\": \"彭在\"}\n",
       "{\"id\": 5, \"label\": {\"name\": {\"彭\": [[0, 0]]}, \"place\": {\"在\": [[1, 1]]}}}\n"},
      {"tag_words", "{reader: entities}", "{\"id\": 5, \"text\": \"彭小军 在\"}\n",
       "{\"id\": 5, \"label\": {\"name\": {\"彭小军\": [[0, 2]]}, \"place\": {\"在\": [[4, 4]]}}}\n"},
      {"span", "{reader: squad}",
       R"([{"context": "上下文", "qas": [{"question": "问", "id": "Q0"}, {"question": "又", "id": "Q1"}]}])",
       "{\"id\": \"Q1\", \"answer\": \"\"}\n{\"id\": \"Q0\", \"answer\": \"下\\n\\\"\", \"start\": 1}\n"},
      {"span", "{reader: squad}", R"([{"context": "上下文", "qas": [{"question": "问", "id": "Q0"}]}])",
       "{\"id\": \"Q0\", \"answer\": \"下\", \"start\": 1}\n"},
      {"keywords", "{reader: json, keywords: k, abstract: a, label: l}", "{\"k\": [\"x\", \"y\"], \"a\": \"z\"}\n",
       "{\"id\": 0, \"label\": \"1\"}\n"},
      {"pronoun",
       "{reader: json, id: id, text: t, span1_text: o.n, span1_index: o.i, span2_text: o.p, span2_index: o.j, label: "
       "l}",
       "{\"id\": 4, \"t\": \"甲说他\", \"o\": {\"n\": \"甲\", \"i\": 0, \"p\": \"他\", \"j\": 2}}\n",
       "{\"id\": 4, \"label\": \"0\"}\n"},
      {"document", kJson, kRows, "{\"id\": 7, \"label\": \"1\"}\n{\"id\": \"q\", \"label\": \"0\"}\n"},
      {"multi_label", kJson, kRows, "{\"id\": 7, \"label\": [\"time\", \"name\"]}\n{\"id\": \"q\", \"label\": []}\n"},
      {"regression", "{reader: json, id: id, first: a, second: b, label: l}",
       "{\"id\": 3, \"a\": \"x\", \"b\": \"y\"}\n", "{\"id\": 3, \"label\": 2.5}\n"},
      {"choice", "{reader: c3}", R"([[["甲"], [{"question": "问", "choice": ["一", "二"], "id": 9}], "1"]])",
       "{\"id\": 9, \"label\": 1, \"probs\": [0.25, 0.75]}\n"},
      {"cloze", "{reader: chid}",
       "{\"content\": [\"甲#idiom000001#乙\", \"#idiom000002#\"], \"candidates\": [\"一\", \"二\"]}\n"
       "{\"content\": [\"#idiom000003#\"], \"candidates\": [\"三\", \"四\"]}\n",
       "{\"id\": 1, \"label\": {\"#idiom000003#\": 1}}\n"
       "{\"id\": 0, \"label\": {\"#idiom000002#\": 0, \"#idiom000001#\": 1}}\n"},
      {"cloze", "{reader: json, id: id, content: c, candidates: k, label: l}",
       "{\"id\": 5, \"c\": \"甲#idiom#\", \"k\": [\"一\", \"二\"]}\n{\"id\": 6, \"c\": \"#idiom#\", \"k\": [\"一\", "
       "\"二\"]}\n",
       "{\"id\": 5, \"answer\": 1}\n{\"id\": 6, \"label\": {\"#idiom#\": 0}}\n"}};
  std::set<std::string_view> tried;
  for (const Case &each : cases) {
    CAPTURE(each.kind);
    SubmissionCase one(each.kind, each.layout, each.rows);
    const Task &task = one.data.task();
    tried.insert(task.kind->name);
    const Result<Submission> made = one.submit(each.predictions);
    REQUIRE_MESSAGE(made, (made ? "" : made.error().render()));
    one.folder.write("submission.json", made->text);
    const Dataset data = *one.data.test(each.rows);
    const auto matchedOf = [&](const std::string &file) {
      Result<std::vector<Prediction>> read = readPredictions(task, one.folder.path + "/" + file);
      REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
      const Result<MatchedPredictions> matched = matchPredictions(task, data.rows, {}, std::move(*read), file);
      REQUIRE_MESSAGE(matched, (matched ? "" : matched.error().render()));
      return task.kind->renderSubmission(task, data.rows, matched->predictions);
    };
    CHECK(matchedOf("submission.json") == matchedOf("p/predictions.jsonl"));
    CHECK(matchedOf("submission.json") == made->text);
  }
  CHECK(tried.size() == taskKinds().size());
}

TEST_CASE("ids must be complete, labels known, and all as the record says") {
  SubmissionCase one("classify", kJson, kRows);
  const std::string both = "{\"id\": 7, \"label\": \"1\"}\n{\"id\": \"q\", \"label\": \"1\"}\n";
  CHECK(one.wrong(both).empty());
  CHECK(one.wrong("{\"id\": 7, \"label\": \"1\"}\n").find("q") != std::string::npos);
  CHECK(one.wrong("") == "no predictions in this file");
  CHECK(!one.wrong("{\"id\": 7, \"label\": \"1\"}\n{\"id\": 7, \"label\": \"1\"}\n{\"id\": \"q\", \"label\": \"1\"}\n")
             .empty());
  CHECK(!one.wrong("{\"id\": 7, \"label\": \"2\"}\n{\"id\": \"q\", \"label\": \"1\"}\n").empty());
  CHECK(!one.wrong("{\"id\": 7, \"label\": \"1\"}\n{\"id\": \"q\", \"label\"").empty());

  REQUIRE(one.wrong(both).empty());
  one.folder.write("p/predictions.jsonl", both + "\n");
  CHECK(one.make().error().message.starts_with("the prediction file is not the recorded one"));
  REQUIRE(one.wrong(both).empty());
  one.data.write("test", kRows + "{\"id\": 8, \"a\": \"z\"}\n");
  CHECK(one.make().error().message.starts_with("this is not the test file of the record"));
}

TEST_CASE("a record of dev is refused, and a task without a board") {
  SubmissionCase one("classify", kJson, kRows);
  one.record.json["split"] = "dev";
  const Result<Submission> dev = one.make();
  REQUIRE(!dev);
  CHECK(dev.error().kind == ErrorKind::BadInput);
  CHECK(dev.error().message == "this record is of the split 'dev'; boards take test: run clew bench with --split test");
  one.record.json["split"] = "test";
  one.record.json["predictions"]["sha256"] = "00";
  one.record.json["task"] = "lcqmc";
  CHECK(one.make().error().message == "the task 'lcqmc' has no board to submit to");
  one.record.json["task"] = "no-such-task";
  CHECK(one.make().error().kind == ErrorKind::NotFound);
  one.record.json = {{"split", "test"}};
  CHECK(one.make().error().message == "this record names no predictions");
}

TEST_CASE("the name follows the test file that was predicted") {
  const Result<TaskSet> tasks = TaskSet::open({std::string(CLEW_SOURCE_DIR) + "/suites/tasks"});
  REQUIRE(tasks);
  const Result<Task> task = tasks->find("tnews");
  REQUIRE(task);
  const TemporaryFolder data;
  const std::string rows = "{\"id\": 0, \"sentence\": \"x\"}\n";
  const std::string predictions = "{\"id\": 0, \"label\": \"100\"}\n";
  data.write("tnews/test1.0.json", rows);
  data.write("predictions.jsonl", predictions);
  Record record;
  record.json = {
      {"task", "tnews"},
      {"split", "test"},
      {"data_sha256", *sha256Of(std::string_view(rows))},
      {"predictions", {{"path", "predictions.jsonl"}, {"sha256", *sha256Of(std::string_view(predictions))}}}};
  const Result<Submission> old = makeSubmission({record, data.path, "r.jsonl:1"}, *tasks, data.path);
  REQUIRE_MESSAGE(old, (old ? "" : old.error().render()));
  CHECK(old->name == "tnews10_predict.json");
  data.write("tnews/test.json", rows);
  CHECK(makeSubmission({record, data.path, "r.jsonl:1"}, *tasks, data.path)->name == "tnews11_predict.json");
}

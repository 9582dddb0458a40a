// Prediction files: the three forms come back as written, and whatever is wrong is said with its line.
#include "tests/suites/metrics/MetricCases.h"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>

using namespace clew;

namespace {

/// A file that is gone at the end of the test.
struct File {
  explicit File(const std::string &content)
      : path(std::filesystem::temp_directory_path() / "clew_predictions_test.jsonl") {
    std::ofstream(path, std::ios::binary) << content;
  }
  ~File() { std::filesystem::remove(path); }
  std::filesystem::path path;
};

Result<std::vector<Prediction>> readText(const Task &task, const std::string &content) {
  const File file(content);
  return readPredictions(task, file.path.string());
}

/// Reads two lines, of which the second is `line`; the error, or "" if there was none.
std::string errorOf(const Task &task, const std::string &first, const std::string &line) {
  const Result<std::vector<Prediction>> read = readText(task, first + "\n" + line + "\n");
  if (read) {
    return "";
  }
  CHECK(read.error().kind == ErrorKind::BadInput);
  CHECK(read.error().where.ends_with("clew_predictions_test.jsonl:2"));
  return read.error().message;
}

const Task labelTask = makeTask(classifyKind(), {"100", "101"});
const Task tagTask = makeTask(tagKind(), {"name", "book"});
const Task spanTask = makeTask(spanKind(), {});

} // namespace

TEST_CASE("labels with and without probabilities") {
  Prediction with;
  with.id = std::string("q\"1");
  with.answer = LabelAnswer{1, {0.1F, 0.9F}};
  Prediction without;
  without.id = int64_t{7};
  without.answer = LabelAnswer{0, {}};
  const std::string lines =
      renderPrediction(labelTask, {}, with) + "\n" + renderPrediction(labelTask, {}, without) + "\n";
  CHECK(lines == "{\"id\": \"q\\\"1\", \"label\": \"101\", \"probs\": {\"100\": 0.1, \"101\": 0.9}}\n{\"id\": 7, "
                 "\"label\": \"100\"}\n");
  const Result<std::vector<Prediction>> read = readText(labelTask, "\xef\xbb\xbf" + lines + "\r\n\n");
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  CHECK((*read)[0].id == with.id);
  CHECK(std::get<LabelAnswer>((*read)[0].answer).probs == std::vector<float>{0.1F, 0.9F});
  CHECK(labelOf((*read)[1]) == 0);
  CHECK((*read)[1].id == without.id);
  const Result<std::vector<Prediction>> number = readText(labelTask, R"({"id": 0, "label": 101, "label_desc": "x"})");
  REQUIRE(number);
  CHECK(labelOf((*number)[0]) == 1);
}

TEST_CASE("entities come back with inclusive ends in the file and exclusive ones in memory") {
  const Row row = textRow("叶老桂和叶老桂😀写书", {});
  const Prediction prediction = entityPrediction({{"name", 0, 3}, {"name", 4, 7}, {"book", 7, 8}});
  const std::string line = renderPrediction(tagTask, row, prediction);
  CHECK(
      line ==
      R"({"id": 0, "text": "叶老桂和叶老桂😀写书", "label": {"name":{"叶老桂":[[0,2],[4,6]]},"book":{"😀":[[7,7]]}}})");
  const Result<std::vector<Prediction>> read = readText(tagTask, line);
  REQUIRE(read);
  const EntityAnswer &found = std::get<EntityAnswer>((*read)[0].answer);
  CHECK(found.entities == std::get<EntityAnswer>(prediction.answer).entities);
  CHECK(found.surfaces == std::vector<std::string>{"叶老桂", "叶老桂", "😀"});
  CHECK(found.text == row.fields[0]);
}

TEST_CASE("answers") {
  Prediction prediction;
  prediction.id = std::string("DEV_0_QUERY_0");
  prediction.answer = TextAnswer{"光荣\n\"和\"", 11};
  const Result<std::vector<Prediction>> read = readText(spanTask, renderPrediction(spanTask, {}, prediction));
  REQUIRE(read);
  CHECK(std::get<TextAnswer>((*read)[0].answer).text == "光荣\n\"和\"");
  CHECK(std::get<TextAnswer>((*read)[0].answer).start == 11);
  const Result<std::vector<Prediction>> bare = readText(spanTask, R"({"id": "a", "answer": ""})");
  REQUIRE(bare);
  CHECK(std::get<TextAnswer>((*bare)[0].answer).start == -1);
}

TEST_CASE("answers as one document, which CMRC2018's script and run_squad know") {
  for (const char *text : {"{\n  \"A\": \"南方\",\n  \"B\": \"\"\n}\n", R"({"A": "南方", "B": ""})",
                           "\xef\xbb\xbf\n{\"A\": \"南方\",\n\"B\": \"\"}\n\n",
                           "{\"id\": \"A\", \"answer\": \"南方\"}\n{\"id\": \"B\", \"answer\": \"\"}\n"}) {
    CAPTURE(text);
    const Result<std::vector<Prediction>> read = readText(spanTask, text);
    REQUIRE_MESSAGE(read, (read ? "" : read.error().render()));
    REQUIRE(read->size() == 2);
    CHECK((*read)[0].id == RowId(std::string("A")));
    CHECK((*read)[0].answer == Answer(TextAnswer{"南方", -1}));
    CHECK((*read)[1].answer == Answer(TextAnswer{"", -1}));
  }
  const auto wrong = [](const char *text) {
    const Result<std::vector<Prediction>> read = readText(spanTask, text);
    REQUIRE(!read);
    return read.error().where.substr(read.error().where.find("jsonl")) + " " + read.error().message;
  };
  CHECK(wrong("{\n\"A\": \"x\",\n\"A\": \"y\"\n}") == "jsonl:3 the key 'A' stands twice in an object");
  CHECK(wrong("{\n\"A\": \"x\",\n\"B\": [\"y\"]\n}") ==
        "jsonl:3 expected {id: answer} with a text as the answer to 'B', found a list");
  CHECK(wrong("{\n\"A\": \"x\",\n") == "jsonl:2 the JSON is cut short");
  CHECK(wrong("{\n\"A\": 南\n}").ends_with("near '南'"));
  CHECK(wrong("{\n\"A\": \"\xff\"\n}").starts_with("jsonl:2 expected UTF-8"));
  CHECK(wrong("{}\n") == "jsonl no predictions in this file");
  CHECK(wrong("{\"answer\": \"x\"}\n{\"answer\": \"x\"}\n") == "jsonl:1 expected \"id\", a string or a whole number");
  CHECK(!readText(labelTask, "{\n  \"7\": \"100\"\n}\n")); // other kinds have no such form
}

TEST_CASE("every wrong line is named") {
  const std::string good = R"({"id": 0, "label": "100"})";
  const std::vector<std::string> wrong = {"{",
                                          "[]",
                                          "nul",
                                          "\xff",
                                          R"({"label": "100"})",
                                          R"({"id": 1.5, "label": "100"})",
                                          R"({"id": null, "label": "100"})",
                                          R"({"id": 99999999999999999999, "label": "100"})",
                                          R"({"id": 1})",
                                          R"({"id": 1, "label": 100.0})",
                                          R"({"id": 1, "label": "100", "probs": [1, 0]})",
                                          R"({"id": 1, "label": "100", "probs": {"100": 1}})",
                                          R"({"id": 1, "label": "100", "probs": {"100": 1, "102": 0}})",
                                          R"({"id": 1, "label": "100", "probs": {"100": 1, "101": null}})",
                                          R"({"id": 1, "label": "100", "probs": {"100": 1, "101": -0.5}})",
                                          R"({"id": 1, "label": "100", "probs": {"100": 1e300, "101": 0}})",
                                          R"({"id": 1, "label": "100"} x)"};
  for (const std::string &line : wrong) {
    CAPTURE(line);
    CHECK_FALSE(errorOf(labelTask, good, line).empty());
  }
  CHECK(errorOf(labelTask, good, R"({"id": 1, "label": "10l"})").find("did you mean") != std::string::npos);
  const Prediction infinite = [] {
    Prediction prediction;
    prediction.answer = LabelAnswer{0, {std::numeric_limits<float>::quiet_NaN(), 0.5F}};
    return prediction;
  }();
  CHECK_FALSE(errorOf(labelTask, good, renderPrediction(labelTask, {}, infinite)).empty());
}

TEST_CASE("entities that do not stand where they are said to") {
  const std::string good = R"({"id": 0, "label": {}})";
  const std::vector<std::string> wrong = {R"({"id": 1, "label": []})",
                                          R"({"id": 1, "label": {"place": {"a": [[0, 0]]}}})",
                                          R"({"id": 1, "label": {"name": [[0, 1]]}})",
                                          R"({"id": 1, "label": {"name": {"a": [0, 1]}}})",
                                          R"({"id": 1, "label": {"name": {"a": [[0]]}}})",
                                          R"({"id": 1, "label": {"name": {"a": []}}})",
                                          R"({"id": 1, "label": {"name": {"a": [[]]}}})",
                                          R"({"id": 1, "label": {"name": []}})",
                                          R"({"id": 1, "label": {"name": {"a": [[1, 0]]}}})",
                                          R"({"id": 1, "label": {"name": {"a": [[-1, 0]]}}})",
                                          R"({"id": 1, "label": {"name": {"a": [[0, 2147483647]]}}})",
                                          R"({"id": 1, "label": {"name": {"a": [[0, 1e3]]}}})",
                                          R"({"id": 1, "text": 5, "label": {}})",
                                          R"({"id": 1, "text": "鲁迅", "label": {"name": {"鲁迅": [[0, 2]]}}})",
                                          R"({"id": 1, "text": "鲁迅写", "label": {"name": {"鲁迅": [[0, 2]]}}})"};
  for (const std::string &line : wrong) {
    CAPTURE(line);
    CHECK_FALSE(errorOf(tagTask, good, line).empty());
  }
}

TEST_CASE("hostile sizes: deep nesting, a huge line, an empty file, none") {
  CHECK_FALSE(errorOf(spanTask, R"({"id": 0, "answer": ""})", std::string(500000, '[')).empty());
  CHECK(errorOf(spanTask, R"({"id": 0, "answer": ""})",
                R"({"id": 1, "answer": ")" + std::string(1 << 20, 'x') + "\"}") == "a line of more than 1 MiB");
  CHECK_FALSE(readText(spanTask, ""));
  CHECK_FALSE(readText(spanTask, "\n \n"));
  const Result<std::vector<Prediction>> none = readPredictions(spanTask, "/nowhere/at/all.jsonl");
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == ErrorKind::NotFound);
}

TEST_CASE("10,000 lines with probabilities are read quickly") {
  Task task = makeTask(classifyKind(), {});
  LabelAnswer answer{3, {}};
  for (int i = 0; i < 15; ++i) {
    task.labels.push_back(std::to_string(100 + i));
    answer.probs.push_back(1.0F / 15);
  }
  Prediction prediction{{}, answer};
  std::string lines;
  for (int64_t i = 0; i < 10000; ++i) {
    prediction.id = i;
    lines += renderPrediction(task, {}, prediction) + "\n";
  }
  const File file(lines);
  const auto begin = std::chrono::steady_clock::now();
  const Result<std::vector<Prediction>> read = readPredictions(task, file.path.string());
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  REQUIRE(read);
  CHECK(read->size() == 10000);
  MESSAGE("10,000 lines: ", taken.count(), " s");
#ifndef CLEW_SANITIZED
  CHECK(taken.count() < 5); // far above what it takes, as tests may share the machine
#endif
}

TEST_CASE("a key that stands twice is an error with its line") {
  const std::string good = R"({"id": 1, "label": "100"})";
  CHECK(errorOf(labelTask, good, R"({"id": 2, "label": "100", "label": "101"})") ==
        "the key 'label' stands twice in an object");
  CHECK(errorOf(labelTask, good, R"({"id": 2, "label": "100", "probs": {"100": 0.5, "101": 0.5, "100": 0.5}})") ==
        "the key '100' stands twice in an object");
  CHECK(errorOf(tagTask, R"({"id": 1, "label": {}})", R"({"id": 2, "label": {"name": {}, "name": {}}})") ==
        "the key 'name' stands twice in an object");
  CHECK(errorOf(spanTask, R"({"id": 1, "answer": "x"})", R"({"id": 2, "id": 3, "answer": "x"})") ==
        "the key 'id' stands twice in an object");
}

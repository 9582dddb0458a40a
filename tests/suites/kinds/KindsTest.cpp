// What every kind of the table must keep, whichever kinds there are.
#include "suites/metrics/Measure.h" // IWYU pragma: keep: what measure() returns must be complete
#include "tests/suites/kinds/KindRows.h"
#include "zoo/Zoo.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <numeric>
#include <set>

using namespace clew;

namespace {

Task taskOf(const TaskKind &kind) {
  Task task;
  task.name = "test";
  task.kind = &kind;
  task.labels = {"x", "y", "z"};
  return task;
}

Row rowOf(const TaskKind &kind) { return kindRow(kind, "甲乙丙丁"); }

/// Logits of four tokens, or of one sequence, that differ.
std::vector<float> logitsOf(const Task &task) {
  std::vector<float> logits(static_cast<size_t>(task.outputs()) * 4);
  for (size_t i = 0; i < logits.size(); ++i) {
    logits[i] = static_cast<float>((i * 7) % 11) / 4;
  }
  return logits;
}

Answer decoded(const Task &task, const Row &row) {
  const std::vector<float> logits = logitsOf(task);
  const std::vector<int32_t> begins = {0, 1, 2, 3};
  const std::vector<int32_t> ends = {1, 2, 3, 4};
  const bool tokens = task.kind->sequence.logits == SequenceForm::Logits::Token;
  const size_t count = tokens ? logits.size() : static_cast<size_t>(task.outputs());
  const SequenceLogits one{std::span(logits).first(count), begins, ends};
  Answer answer;
  task.kind->decode(task, row, {&one, 1}, answer);
  return answer;
}

} // namespace

TEST_CASE("names are unique, and readers, fields and heads are there") {
  const Result<Zoo> zoo = Zoo::openOnly({CLEW_SOURCE_DIR "/zoo"});
  REQUIRE(zoo);
  std::set<std::string_view> names;
  for (const TaskKind *kind : taskKinds()) {
    CAPTURE(kind->name);
    CHECK(names.insert(kind->name).second);
    CHECK(findTaskKind(kind->name) == kind);
    CHECK(std::ranges::any_of(zoo->heads(), [&](const ModelFile &head) { return head.architecture == kind->head; }));
    REQUIRE(!kind->fields.empty());
    CHECK(!kind->readers.empty());
    CHECK(!kind->metrics.empty());
    for (const std::string_view reader : kind->readers) {
      CHECK(findReader(reader) != nullptr);
    }
    std::set<std::string_view> fields;
    for (const RowField &field : kind->fields) {
      CHECK(fields.insert(field.name).second);
      CHECK(field.name != "id");
      CHECK(field.key != "label");
    }
    CHECK(kind->sequence.text < kind->fields.size());
    CHECK(kind->sequence.other < kind->fields.size());
  }
  CHECK(findTaskKind("no such kind") == nullptr);
}

TEST_CASE("every reader is some kind's") {
  for (const std::string &reader : readerNames()) {
    CHECK_MESSAGE(std::ranges::any_of(taskKinds(),
                                      [&](const TaskKind *kind) {
                                        return std::ranges::find(kind->readers, reader) != kind->readers.end();
                                      }),
                  reader);
  }
}

TEST_CASE("outputs have names, and a made-up row's characters are all given out") {
  for (const TaskKind *kind : taskKinds()) {
    CAPTURE(kind->name);
    const Task task = taskOf(*kind);
    const std::vector<std::string> names = task.outputNames();
    CHECK(static_cast<int64_t>(names.size()) == task.outputs());
    CHECK(std::set(names.begin(), names.end()).size() == names.size());
    for (const int64_t characters : {2, 3, 8, 100, 509}) {
      const std::vector<int64_t> shares = kind->shares(characters);
      CHECK(shares.size() == kind->fields.size());
      CHECK(std::accumulate(shares.begin(), shares.end(), int64_t{0}) == characters);
      for (size_t i = 0; i < shares.size(); ++i) {
        CHECK(shares[i] >= 0);
        CHECK((kind->fields[i].type != FieldType::Number || shares[i] == 0));
      }
    }
    const Row row = rowOf(*kind);
    CHECK(kind->checkRow(row));
    SequenceTexts texts;
    kind->textsOf(row, 128, texts);
    CHECK(texts.sequences.size() == 1);
  }
}

TEST_CASE("an answer is decoded the same whatever stood there, and comes back from its line") {
  for (const TaskKind *kind : taskKinds()) {
    CAPTURE(kind->name);
    const Task task = taskOf(*kind);
    const Row row = rowOf(*kind);
    const Answer answer = decoded(task, row);
    CHECK(answer.index() != 0);
    for (const TaskKind *other : taskKinds()) {
      Answer reused = decoded(taskOf(*other), rowOf(*other));
      const std::vector<float> logits = logitsOf(task);
      const std::vector<int32_t> begins = {0, 1, 2, 3};
      const std::vector<int32_t> ends = {1, 2, 3, 4};
      const bool tokens = kind->sequence.logits == SequenceForm::Logits::Token;
      const SequenceLogits one{std::span(logits).first(tokens ? logits.size() : static_cast<size_t>(task.outputs())),
                               begins, ends};
      kind->decode(task, row, {&one, 1}, reused);
      CHECK(reused == answer);
    }
    const std::string line = kind->render(task, row, {row.id, answer});
    Answer read;
    REQUIRE(kind->readAnswer(LabelIndex(task), nlohmann::json::parse(line), read));
    CHECK(kind->checkAnswer(row, read));
    CHECK(kind->render(task, row, {row.id, read}) == line);
    CHECK(kind->renderSubmission(task, {&row, 1}, std::vector<Prediction>{{row.id, read}}).find("3") !=
          std::string::npos);
  }
}

TEST_CASE("rows without gold and predictions of another kind are refused, not judged") {
  for (const TaskKind *kind : taskKinds()) {
    CAPTURE(kind->name);
    const Task task = taskOf(*kind);
    const std::vector<Row> rows = {rowOf(*kind)};
    const std::vector<Prediction> own = {{rows[0].id, decoded(task, rows[0])}};
    CHECK(!kind->measure(task, rows, own));
    CHECK(!kind->measure(task, rows, std::vector<Prediction>(1)));
  }
}

TEST_CASE("a label for each token says itself, by the token alone") {
  CHECK(taskOf(*findTaskKind("tag")).outputNames() ==
        std::vector<std::string>{"O", "B-x", "I-x", "B-y", "I-y", "B-z", "I-z"});
  for (const char *name : {"tag_characters", "tag_words"}) {
    const Task task = taskOf(*findTaskKind(name));
    CHECK(task.outputNames() == task.labels);
    const Row row = rowOf(*task.kind);
    // Rows of logits, times 4: 0 7 3, 10 6 2, 9 5 1, 8 4 0.
    const Answer answer = decoded(task, row);
    CHECK(std::get<EntityAnswer>(answer).entities ==
          std::vector<Entity>{{"y", 0, 1}, {"x", 1, 2}, {"x", 2, 3}, {"x", 3, 4}});
    std::vector<Row> rows = {row};
    rows[0].gold = std::vector<Entity>{{"y", 0, 1}, {"x", 1, 2}, {"x", 2, 3}, {"z", 3, 4}};
    const Result<Measure> measure = task.kind->measure(task, rows, std::vector<Prediction>{{row.id, answer}});
    REQUIRE(measure);
    CHECK(measure->metrics[0].value(measure->counts.total(), 1) == doctest::Approx(75));
  }
}

// The two F1s of entity tasks by hand: where they differ is the point.
#include "tests/suites/metrics/MetricCases.h"

#include <doctest/doctest.h>

using namespace clew;

TEST_CASE("one of two occurrences: half by place, whole by surface") {
  const Task task = makeTask(tagKind(), {"name"});
  const std::vector<Row> rows = {textRow("曼联对曼联", {{"name", 0, 2}, {"name", 3, 5}})};
  const std::vector<Prediction> predictions = {entityPrediction({{"name", 3, 5}})};
  const Result<Scores> scores = score(task, rows, predictions);
  REQUIRE(scores);
  CHECK(metricOf(*scores, "entity_f1").value == doctest::Approx(200.0 / 3)); // precision 1, recall 1/2
  CHECK(metricOf(*scores, "clue_macro_f1").value == doctest::Approx(100));
  CHECK(scores->perClass[0].second.support == 2);
}

TEST_CASE("a class that is never predicted has 0, not an error; macro takes all classes") {
  const Task task = makeTask(tagKind(), {"name", "book"});
  const std::vector<Row> rows = {textRow("鲁迅写呐喊", {{"name", 0, 2}, {"book", 3, 5}})};
  const std::vector<Prediction> predictions = {entityPrediction({{"name", 0, 2}})};
  const Result<Scores> scores = score(task, rows, predictions);
  REQUIRE(scores);
  CHECK(metricOf(*scores, "clue_macro_f1").value == doctest::Approx(50));
  CHECK(metricOf(*scores, "entity_f1").value == doctest::Approx(200.0 / 3));
  CHECK(scores->perClass[1].second.f1 == 0);
}

TEST_CASE("the type must be right, order does not matter, and twice counts once") {
  const Task task = makeTask(tagKind(), {"name", "book"});
  const std::vector<Row> rows = {textRow("鲁迅写呐喊", {{"name", 0, 2}, {"book", 3, 5}})};
  const std::vector<Prediction> same = {entityPrediction({{"book", 3, 5}, {"name", 0, 2}, {"book", 3, 5}})};
  const Result<Scores> scores = score(task, rows, same);
  REQUIRE(scores);
  CHECK(metricOf(*scores, "entity_f1").value == doctest::Approx(100));
  const std::vector<Prediction> swapped = {entityPrediction({{"book", 0, 2}, {"name", 3, 5}})};
  const Result<Scores> none = score(task, rows, swapped);
  REQUIRE(none);
  CHECK(metricOf(*none, "entity_f1").value == 0);
}

TEST_CASE("no entities anywhere is 0, and an entity outside its text is an error") {
  const Task task = makeTask(tagKind(), {"name"});
  const std::vector<Row> rows = {textRow("鲁迅", {})};
  const Result<Scores> scores = score(task, rows, std::vector<Prediction>{entityPrediction({})});
  REQUIRE(scores);
  CHECK(metricOf(*scores, "entity_f1").value == 0);
  CHECK_FALSE(score(task, rows, std::vector<Prediction>{entityPrediction({{"name", 1, 3}})}));
  CHECK_FALSE(score(task, rows, std::vector<Prediction>{entityPrediction({{"place", 0, 1}})}));
}

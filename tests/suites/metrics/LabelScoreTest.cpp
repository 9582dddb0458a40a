// Accuracy and F1 by hand: what counts as a class, and what 0/0 is.
#include "tests/suites/metrics/MetricCases.h"

#include <doctest/doctest.h>

using namespace clew;

TEST_CASE("a confusion table worked by hand") {
  const Task task = makeTask(classifyKind(), {"a", "b", "c", "unused"});
  const std::vector<Row> rows = labelRows({0, 0, 0, 1, 1, 2});
  const std::vector<Prediction> predictions = labelPredictions({0, 0, 1, 1, 0, 0});
  const Result<Scores> scores = score(task, rows, predictions);
  REQUIRE(scores);
  CHECK(scores->rows == 6);
  CHECK(metricOf(*scores, "accuracy").value == doctest::Approx(50));
  CHECK(metricOf(*scores, "micro_f1").value == doctest::Approx(50));
  // a: gold 3, predicted 4, hit 2: 4/7. b: 2, 2, 1: 1/2. c is never predicted: 0. The unused label is left out of the mean.
  CHECK(metricOf(*scores, "macro_f1").value == doctest::Approx(100 * (4.0 / 7 + 0.5 + 0) / 3));
  REQUIRE(scores->perClass.size() == 4);
  CHECK(scores->perClass[0].second.precision == doctest::Approx(50));
  CHECK(scores->perClass[0].second.recall == doctest::Approx(200.0 / 3));
  CHECK(scores->perClass[2].second.precision == 0);
  CHECK(scores->perClass[2].second.f1 == 0);
  CHECK(scores->perClass[2].second.support == 1);
  CHECK(scores->perClass[3].second.support == 0);
}

TEST_CASE("the headline comes first, and must be one of the kind's metrics") {
  const std::vector<Row> rows = labelRows({0, 1});
  const std::vector<Prediction> predictions = labelPredictions({0, 1});
  const Result<Scores> scores = score(makeTask(pairKind(), {"0", "1"}, "macro_f1"), rows, predictions);
  REQUIRE(scores);
  CHECK(scores->metrics.front().first == "macro_f1");
  CHECK(scores->metrics.size() == 3);
  const Result<Scores> wrong = score(makeTask(pairKind(), {"0", "1"}, "entity_f1"), rows, predictions);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message.find("accuracy") != std::string::npos);
}

TEST_CASE("rows without labels, no rows, and too few predictions are refused") {
  const Task task = makeTask(classifyKind(), {"a", "b"});
  CHECK_FALSE(score(task, labelRows({-1}), labelPredictions({0})));
  CHECK_FALSE(score(task, labelRows({2}), labelPredictions({0})));
  CHECK_FALSE(score(task, labelRows({0}), labelPredictions({-1})));
  CHECK_FALSE(score(task, {}, {}));
  CHECK_FALSE(score(task, labelRows({0, 1}), labelPredictions({0})));
}

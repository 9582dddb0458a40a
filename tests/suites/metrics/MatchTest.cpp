// Predictions and rows must belong together one to one.
#include "tests/suites/metrics/MetricCases.h"

#include <doctest/doctest.h>

using namespace clew;

namespace {

std::string errorOf(std::span<const Row> rows, std::vector<Prediction> predictions) {
  const Result<std::vector<Prediction>> matched = matchPredictions(rows, std::move(predictions), "p.jsonl");
  return matched ? "" : matched.error().render();
}

} // namespace

TEST_CASE("predictions come back in the order of the rows") {
  const std::vector<Row> rows = labelRows({0, 1, 0});
  std::vector<Prediction> predictions = labelPredictions({5, 6, 7});
  std::swap(predictions[0], predictions[2]);
  predictions[1].id = std::string("1"); // prints as the row's number does
  const Result<std::vector<Prediction>> matched = matchPredictions(rows, predictions, "p.jsonl");
  REQUIRE(matched);
  CHECK((*matched)[0].label == 5);
  CHECK((*matched)[1].label == 6);
  CHECK((*matched)[2].label == 7);
}

TEST_CASE("missing, doubled and unknown ids are all named, the first ten") {
  const std::vector<Row> rows = labelRows(std::vector<int32_t>(20, 0));
  std::vector<Prediction> predictions = labelPredictions({0, 0, 0});
  predictions[1].id = int64_t{0};
  predictions[2].id = std::string("x");
  CHECK(errorOf(rows, predictions) == "p.jsonl: error: 19 missing ids: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...; 1 doubled "
                                      "ids: 0; 1 unknown ids: x (expected each "
                                      "of 20 rows once)");
}

TEST_CASE("a text or an entity that is not the row's") {
  const std::vector<Row> rows = {textRow("鲁迅写书", {})};
  Prediction right = entityPrediction({{"name", 0, 2}});
  right.text = "鲁迅写书";
  right.surfaces = {"鲁迅"};
  CHECK(errorOf(rows, {right}).empty());
  Prediction otherText = right;
  otherText.text = "巴金写书";
  CHECK(errorOf(rows, {otherText}).find("id 0") != std::string::npos);
  Prediction shifted = right;
  shifted.text.clear();
  shifted.entities[0].end = 3;
  CHECK(errorOf(rows, {shifted}).find("inclusive") != std::string::npos);
  Prediction outside = entityPrediction({{"name", 3, 5}});
  CHECK(errorOf(rows, {outside}).find("outside") != std::string::npos);
}

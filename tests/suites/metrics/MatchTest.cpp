// Predictions and rows must belong together one to one.
#include "tests/suites/metrics/MetricCases.h"

#include <doctest/doctest.h>

using namespace clew;

namespace {

const Task labelTask = makeTask(classifyKind(), {"0", "1"});
const Task tagTask = makeTask(tagKind(), {"name"});

std::string errorOf(const Task &task, std::span<const Row> rows, std::vector<Prediction> predictions,
                    std::vector<RowId> skipped = {}) {
  const Result<MatchedPredictions> matched = matchPredictions(task, rows, skipped, std::move(predictions), "p.jsonl");
  return matched ? "" : matched.error().render();
}

} // namespace

TEST_CASE("predictions come back in the order of the rows") {
  const std::vector<Row> rows = labelRows({0, 1, 0});
  std::vector<Prediction> predictions = labelPredictions({5, 6, 7});
  std::swap(predictions[0], predictions[2]);
  predictions[1].id = std::string("1"); // prints as the row's number does
  const Result<MatchedPredictions> matched = matchPredictions(labelTask, rows, {}, predictions, "p.jsonl");
  REQUIRE(matched);
  CHECK(labelOf(matched->predictions[0]) == 5);
  CHECK(labelOf(matched->predictions[1]) == 6);
  CHECK(labelOf(matched->predictions[2]) == 7);
  CHECK(matched->ofSkipped == 0);
}

TEST_CASE("missing, doubled and unknown ids are all named, the first ten") {
  const std::vector<Row> rows = labelRows(std::vector<int32_t>(20, 0));
  std::vector<Prediction> predictions = labelPredictions({0, 0, 0});
  predictions[1].id = int64_t{0};
  predictions[2].id = std::string("x");
  CHECK(errorOf(labelTask, rows, predictions) ==
        "p.jsonl: error: 19 missing ids: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...; 1 doubled "
        "ids: 0; 1 unknown ids: x (expected each "
        "of 20 rows once)");
}

TEST_CASE("a text or an entity that is not the row's") {
  const std::vector<Row> rows = {textRow("鲁迅写书", {})};
  Prediction right = entityPrediction({{"name", 0, 2}});
  std::get<EntityAnswer>(right.answer).text = "鲁迅写书";
  std::get<EntityAnswer>(right.answer).surfaces = {"鲁迅"};
  CHECK(errorOf(tagTask, rows, {right}).empty());
  Prediction otherText = right;
  std::get<EntityAnswer>(otherText.answer).text = "巴金写书";
  CHECK(errorOf(tagTask, rows, {otherText}).find("id 0") != std::string::npos);
  Prediction shifted = right;
  std::get<EntityAnswer>(shifted.answer).text.clear();
  std::get<EntityAnswer>(shifted.answer).entities[0].end = 3;
  CHECK(errorOf(tagTask, rows, {shifted}).find("inclusive") != std::string::npos);
  Prediction outside = entityPrediction({{"name", 3, 5}});
  CHECK(errorOf(tagTask, rows, {outside}).find("outside") != std::string::npos);
}

TEST_CASE("skipped rows may have a prediction, which is counted and not judged") {
  const std::vector<Row> rows = labelRows({0, 1});
  const std::vector<RowId> skipped = {int64_t{7}, std::string("x")};
  std::vector<Prediction> predictions = labelPredictions({0, 1});
  const auto with = [&](const std::vector<RowId> &ids) {
    std::vector<Prediction> more = predictions;
    for (const RowId &id : ids) {
      more.push_back({id, LabelAnswer{0, {}}});
    }
    return more;
  };
  for (const auto &[ids, count] : std::vector<std::pair<std::vector<RowId>, int64_t>>{
           {{}, 0}, {{int64_t{7}}, 1}, {{std::string("7"), std::string("x")}, 2}}) {
    const Result<MatchedPredictions> matched = matchPredictions(labelTask, rows, skipped, with(ids), "p.jsonl");
    REQUIRE(matched);
    CHECK(matched->predictions.size() == 2);
    CHECK(matched->ofSkipped == count);
  }
  CHECK(errorOf(labelTask, rows, with({int64_t{7}, int64_t{7}}), skipped).find("1 doubled ids: 7") !=
        std::string::npos);
  CHECK(errorOf(labelTask, rows, with({int64_t{8}}), skipped).find("2 skipped rows may have one") != std::string::npos);
}

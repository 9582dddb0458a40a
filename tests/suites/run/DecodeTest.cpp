// Logits to predictions, by hand: ties, repaired tags, answers over windows.
#include "suites/run/Decode.h"
#include "suites/kinds/Decoding.h"
#include "suites/kinds/Kinds.h"
#include "suites/run/Confidence.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace clew {
namespace {

Task taskOf(const TaskKind &kind) {
  Task task;
  task.name = "test";
  task.kind = &kind;
  if (&kind != &spanKind()) {
    task.labels = {"x", "y"};
  }
  return task;
}

Row rowOf(int64_t id, std::string first) {
  Row row;
  row.id = id;
  row.fields = {std::move(first)};
  return row;
}

const LabelAnswer &labelOf(const Prediction &prediction) { return std::get<LabelAnswer>(prediction.answer); }
const TextAnswer &textOf(const Prediction &prediction) { return std::get<TextAnswer>(prediction.answer); }

OutputView viewOf(const std::vector<float> &values, int64_t columns) {
  return {"logits", values.data(), static_cast<int64_t>(values.size()) / columns, columns};
}

/// Logits whose best tag of each token is the one given.
std::vector<float> best(const std::vector<int> &tags, int columns) {
  std::vector<float> logits(tags.size() * static_cast<size_t>(columns), 0);
  for (size_t i = 0; i < tags.size(); ++i) {
    logits[i * static_cast<size_t>(columns) + static_cast<size_t>(tags[i])] = 1;
  }
  return logits;
}

std::vector<Entity> entitiesOf(const std::vector<int> &tags) {
  std::vector<int32_t> begins;
  std::vector<int32_t> ends;
  for (int32_t i = 0; i < static_cast<int32_t>(tags.size()); ++i) {
    begins.push_back(i);
    ends.push_back(i + 1);
  }
  std::vector<Entity> entities;
  const std::vector<float> logits = best(tags, 5);
  decodeTags(taskOf(tagKind()), {logits, begins, ends}, entities);
  return entities;
}

TEST_CASE("the greatest value, and the lower index of equals") {
  CHECK(argmax(std::vector<float>{1, 3, 2}) == 1);
  CHECK(argmax(std::vector<float>{2, 3, 3}) == 1);
  CHECK(argmax(std::vector<float>{-1}) == 0);
}

TEST_CASE("softmax does not overflow") {
  std::vector<float> probs;
  softmax(std::vector<float>{1000, 1000 + std::log(3.0F), -1e30F}, probs);
  CHECK(probs[0] == doctest::Approx(0.25).epsilon(1e-4));
  CHECK(probs[1] == doctest::Approx(0.75).epsilon(1e-4));
  CHECK(probs[2] == 0);
}

TEST_CASE("BIO tags are entities; an I- that continues nothing begins one") {
  // 0: O, 1: B-x, 2: I-x, 3: B-y, 4: I-y
  using Entities = std::vector<Entity>;
  CHECK(entitiesOf({0, 1, 2, 2, 0}) == Entities{{"x", 1, 4}});
  CHECK(entitiesOf({1, 1, 2}) == Entities{{"x", 0, 1}, {"x", 1, 3}});
  CHECK(entitiesOf({2, 2, 0, 4}) == Entities{{"x", 0, 2}, {"y", 3, 4}});
  CHECK(entitiesOf({1, 4, 4, 2}) == Entities{{"x", 0, 1}, {"y", 1, 3}, {"x", 3, 4}});
  CHECK(entitiesOf({1, 0, 2}) == Entities{{"x", 0, 1}, {"x", 2, 3}});
  CHECK(entitiesOf({3}) == Entities{{"y", 0, 1}});
  CHECK(entitiesOf({}).empty());
}

TEST_CASE("labels of texts") {
  const std::vector<Row> rows = {rowOf(7, "a"), rowOf(8, "b")};
  EncodedRows encoded;
  encoded.ids = {1, 1};
  encoded.offsets = {0, 1, 2};
  encoded.sequences = {{0, 0, 1}, {1, 1, 1}};
  encoded.begins = {0, 0};
  encoded.ends = {1, 1};
  std::vector<Prediction> predictions;
  std::vector<float> logits = {0, 1, 2, 2};
  const Task task = taskOf(classifyKind());
  REQUIRE(decode(task, rows, encoded, viewOf(logits, 2), predictions));
  CHECK(labelOf(predictions[0]).label == 1);
  CHECK(predictions[0].id == RowId(int64_t{7}));
  CHECK(labelOf(predictions[1]).label == 0);
  CHECK(labelOf(predictions[1]).probs == std::vector<float>{0.5, 0.5});
  logits[1] = std::numeric_limits<float>::quiet_NaN();
  const Result<void> bad = decode(task, rows, encoded, viewOf(logits, 2), predictions);
  REQUIRE(!bad);
  CHECK(bad.error().message.starts_with("row 7: "));
  CHECK(!decode(task, rows, encoded, viewOf(logits, 4), predictions));
}

TEST_CASE("the logits of special tokens are no characters' tags") {
  EncodedRows encoded;
  encoded.ids = {2, 5, 6, 3};
  encoded.offsets = {0, 4};
  encoded.sequences = {{0, 1, 2}};
  encoded.begins = {-1, 0, 1, -1};
  encoded.ends = {-1, 1, 2, -1};
  std::vector<Prediction> predictions(1);
  predictions[0].answer = EntityAnswer{{{"old", 0, 1}}, {"old"}, "old"};
  const std::vector<float> logits = best({1, 3, 4, 1}, 5);
  REQUIRE(decode(taskOf(tagKind()), std::vector{rowOf(0, "中国人")}, encoded, viewOf(logits, 5), predictions));
  CHECK(predictions[0].answer == Answer(EntityAnswer{{{"y", 0, 2}}, {}, {}}));
}

TEST_CASE("the best answer: start before end, not too long, of all windows") {
  Task task = taskOf(spanKind());
  task.longestAnswer = 2;
  EncodedRows encoded; // two windows of row 0 over characters 0..2 and 2..4, one of row 1
  encoded.ids = {9, 9, 9, 9, 9, 9, 9};
  encoded.offsets = {0, 3, 6, 7};
  encoded.sequences = {{0, 0, 3}, {0, 3, 3}, {1, 6, 1}};
  encoded.begins = {0, 1, 2, 2, 3, 4, 0};
  encoded.ends = {1, 2, 3, 3, 4, 5, 1};
  const std::vector<Row> rows = {rowOf(0, "中a国b人"), rowOf(1, "好")};
  // start, end of each token: 0..2 would be best but is three characters; end before start never counts.
  std::vector<float> logits = {5, 0, 0, 1, 0, 9, /**/ 1, 0, 4, 0, 0, 4, /**/ -3, -3};
  std::vector<Prediction> predictions;
  REQUIRE(decode(task, rows, encoded, viewOf(logits, 2), predictions));
  CHECK(textOf(predictions[0]).start ==
        1); // 0 + 9 of characters 1..2, before 8 of the second window; 2..2 is as good and later
  CHECK(textOf(predictions[0]).text == "a国");
  CHECK(textOf(predictions[1]).text == "好");
  CHECK(textOf(predictions[1]).start == 0);
  logits[5] = 0;
  REQUIRE(decode(task, rows, encoded, viewOf(logits, 2), predictions));
  CHECK(textOf(predictions[0]).start == 3);
  CHECK(textOf(predictions[0]).text == "b人");
}

TEST_CASE("no context, no answer") {
  EncodedRows encoded;
  encoded.ids = {2, 3, 3};
  encoded.offsets = {0, 3};
  encoded.sequences = {{0, 2, 0}};
  encoded.begins = encoded.ends = {-1, -1, -1};
  const std::vector<float> logits(6, 1);
  std::vector<Prediction> predictions;
  REQUIRE(decode(taskOf(spanKind()), std::vector{rowOf(0, "")}, encoded, viewOf(logits, 2), predictions));
  CHECK(textOf(predictions[0]).start == -1);
  CHECK(textOf(predictions[0]).text.empty());
}

TEST_CASE("an entity is as sure as its least sure token, a label as its share") {
  EncodedRows encoded;
  encoded.ids = {2, 7, 8, 9, 3, 2, 7, 3};
  encoded.offsets = {0, 5, 8};
  encoded.sequences = {{0, 1, 3}, {1, 6, 1}};
  encoded.begins = {-1, 0, 1, 2, -1, -1, 0, -1};
  encoded.ends = {-1, 1, 2, 3, -1, -1, 1, -1};
  std::vector<float> logits(8 * 5, 0);
  const auto set = [&](size_t token, size_t tag, double share) { // softmax gives `share` to `tag`, the rest evenly
    logits[token * 5 + tag] = static_cast<float>(std::log(4 * share / (1 - share)));
  };
  set(1, 1, 0.9);
  set(2, 2, 0.6);
  set(3, 3, 0.7);
  set(6, 0, 0.99);
  std::vector<Prediction> predictions;
  std::vector<std::vector<float>> sure;
  const Task task = taskOf(tagKind());
  REQUIRE(decode(task, std::vector{rowOf(0, "中国人"), rowOf(1, "好")}, encoded, viewOf(logits, 5), predictions));
  REQUIRE(confidences(task, encoded, viewOf(logits, 5), predictions, sure));
  REQUIRE(sure.size() == 2);
  REQUIRE(sure[0].size() == 2);
  CHECK(sure[0][0] == doctest::Approx(0.6));
  CHECK(sure[0][1] == doctest::Approx(0.7));
  CHECK(sure[1].empty());
  predictions[1].answer = LabelAnswer{1, {0.2F, 0.8F}};
  REQUIRE(confidences(task, encoded, viewOf(logits, 5), predictions, sure));
  CHECK(sure[1] == std::vector<float>{0.8F});
  predictions[1].answer = TextAnswer{"x", 0};
  CHECK(confidences(task, encoded, viewOf(logits, 5), predictions, sure).error().kind == ErrorKind::Unsupported);
  predictions.pop_back();
  CHECK(confidences(task, encoded, viewOf(logits, 5), predictions, sure).error().kind == ErrorKind::Internal);
}

TEST_CASE("text by code points") {
  CHECK(codePoints("中a国", 0, 1) == "中");
  CHECK(codePoints("中a国", 1, 3) == "a国");
  CHECK(codePoints("中a国", 2, 9) == "国");
  CHECK(codePoints("中a国", 3, 4).empty());
}

} // namespace
} // namespace clew

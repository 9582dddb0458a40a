// Matthews' correlation, F1 of one label, Pearson and Spearman, choices and sets of labels: by hand, and where they are not defined.
#include "tests/suites/metrics/MetricCases.h"

#include "suites/metrics/Measure.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace clew;

namespace {

std::vector<Row> numberRows(const std::vector<double> &numbers) {
  std::vector<Row> rows(numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    rows[i].id = static_cast<int64_t>(i);
    rows[i].gold = numbers[i];
  }
  return rows;
}

std::vector<Prediction> numberPredictions(const std::vector<double> &numbers) {
  std::vector<Prediction> predictions(numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    predictions[i] = {static_cast<int64_t>(i), NumberAnswer{numbers[i]}};
  }
  return predictions;
}

double correlationOf(const std::vector<double> &gold, const std::vector<double> &given, const std::string &name) {
  const Result<Scores> scores = score(makeTask(regressionKind(), {}, name), numberRows(gold), numberPredictions(given));
  REQUIRE(scores);
  CHECK(scores->metrics.size() == 2);
  CHECK(scores->metrics.front().first == name);
  CHECK(scores->perClass.empty());
  return metricOf(*scores, name).value;
}

} // namespace

TEST_CASE("correlations worked by hand") {
  // Deviations -1.5 -0.5 0.5 1.5 and -1 0 -1 2: 4 / sqrt(5 * 6).
  CHECK(correlationOf({1, 2, 3, 4}, {1, 2, 1, 4}, "pearson") == doctest::Approx(100 * 4 / std::sqrt(30.0)));
  // Ranks of the second side: 1.5 3 1.5 4; deviations -1 0.5 -1 1.5: 3.0 / sqrt(5 * 4.5).
  CHECK(correlationOf({1, 2, 3, 4}, {1, 2, 1, 4}, "spearman") == doctest::Approx(100 * 3 / std::sqrt(22.5)));
  CHECK(correlationOf({1, 2, 3}, {1, 10, 100}, "spearman") == doctest::Approx(100));
  CHECK(correlationOf({1, 2, 3}, {3, 2, 1}, "pearson") == doctest::Approx(-100));
  CHECK(correlationOf({0, 5, 1e-7}, {1e6, 1e6 + 5, 1e6 + 1e-7}, "pearson") == doctest::Approx(100));
}

TEST_CASE("a side that does not vary has no correlation: 0") {
  for (const char *name : {"pearson", "spearman"}) {
    CHECK(correlationOf({1, 2, 3}, {0.1, 0.1, 0.1}, name) == 0);
    CHECK(correlationOf({2, 2}, {1, 3}, name) == 0);
    CHECK(correlationOf({2}, {1}, name) == 0);
  }
}

TEST_CASE("Matthews' correlation of two and of more labels, and F1 of the second") {
  Task task = makeTask(classifyKind(), {"no", "yes"}, "matthews");
  task.metrics = {"f1", "matthews"};
  // TP 2, TN 1, FP 1, FN 1.
  const Result<Scores> two = score(task, labelRows({1, 1, 1, 0, 0}), labelPredictions({1, 1, 0, 0, 1}));
  REQUIRE(two);
  REQUIRE(two->metrics.size() == 2); // accuracy is not asked for
  CHECK(two->metrics.front().first == "matthews");
  CHECK(metricOf(*two, "matthews").value == doctest::Approx(100 * (2.0 * 1 - 1 * 1) / std::sqrt(3.0 * 3 * 2 * 2)));
  CHECK(metricOf(*two, "f1").value == doctest::Approx(100 * 4.0 / 6));
  const Result<Scores> same = score(task, labelRows({1, 0, 1}), labelPredictions({1, 1, 1}));
  REQUIRE(same);
  CHECK(metricOf(*same, "matthews").value == 0);
  const Result<Scores> opposite = score(task, labelRows({1, 0}), labelPredictions({0, 1}));
  REQUIRE(opposite);
  CHECK(metricOf(*opposite, "matthews").value == doctest::Approx(-100));
  CHECK(metricOf(*opposite, "f1").value == 0);
  // Three labels: 4 of 6 right; sums of gold times predicted 2*3 + 2*2 + 2*1 = 12: (24 - 12) / sqrt((36 - 12) (36 - 14)).
  const Result<Scores> three = score(makeTask(pairKind(), {"a", "b", "c"}, "matthews"), labelRows({0, 0, 1, 1, 2, 2}),
                                     labelPredictions({0, 0, 1, 0, 2, 1}));
  REQUIRE(three);
  CHECK(metricOf(*three, "matthews").value == doctest::Approx(100 * 12 / std::sqrt(24.0 * 22)));
  CHECK(three->metrics.size() == 4); // the headline beside the usual ones
}

TEST_CASE("choices count one by one, blanks each for itself") {
  const std::vector<Row> rows = labelRows({2, 0, 1});
  const Result<Scores> scores = score(makeTask(choiceKind(), {}, "accuracy"), rows, labelPredictions({2, 1, 1}));
  REQUIRE(scores);
  CHECK(metricOf(*scores, "accuracy").value == doctest::Approx(200.0 / 3));
  std::vector<Row> passages(2);
  passages[0].id = int64_t{0};
  passages[0].gold = std::vector<int32_t>{3, 1, 0};
  passages[1].id = int64_t{1};
  passages[1].gold = std::vector<int32_t>{2};
  std::vector<Prediction> given = {{int64_t{0}, LabelsAnswer{{3, 0, 1}, {}, {}}},
                                   {int64_t{1}, LabelsAnswer{{2}, {}, {}}}};
  const Task cloze = makeTask(clozeKind(), {}, "accuracy");
  const Result<Scores> blanks = score(cloze, passages, given);
  REQUIRE(blanks);
  CHECK(metricOf(*blanks, "accuracy").value == doctest::Approx(50));
  std::get<LabelsAnswer>(given[0].answer).labels.pop_back();
  CHECK_FALSE(score(cloze, passages, given));
  const Result<PairedTest> same = comparePaired(cloze, passages, {}, {});
  CHECK_FALSE(same);
}

TEST_CASE("sets of labels: micro F1, macro F1 over all labels, rows that are right as a whole") {
  const Task task = makeTask(multiLabelKind(), {"a", "b", "c", "d"}, "micro_f1");
  std::vector<Row> rows(3);
  std::vector<Prediction> given(3);
  const std::vector<std::vector<int32_t>> gold = {{0, 1}, {2}, {}};
  const std::vector<std::vector<int32_t>> said = {{0}, {1, 2}, {}};
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].id = static_cast<int64_t>(i);
    rows[i].gold = gold[i];
    given[i] = {static_cast<int64_t>(i), LabelsAnswer{said[i], {}, {}}};
  }
  const Result<Scores> scores = score(task, rows, given);
  REQUIRE(scores);
  CHECK(metricOf(*scores, "micro_f1").value == doctest::Approx(100 * 4.0 / 6));
  CHECK(metricOf(*scores, "macro_f1").value == doctest::Approx(100 * (1.0 + 0 + 1 + 0) / 4));
  CHECK(metricOf(*scores, "accuracy").value == doctest::Approx(100.0 / 3));
  REQUIRE(scores->perClass.size() == 4);
  CHECK(scores->perClass[1].second.support == 1);
}

TEST_CASE("two systems' numbers are compared each by its own ranks") {
  const Task task = makeTask(regressionKind(), {}, "spearman");
  const std::vector<double> gold = {1, 2, 3, 4, 5};
  const std::vector<Row> rows = numberRows(gold);
  const Result<PairedTest> test =
      comparePaired(task, rows, numberPredictions({5, 4, 3, 2, 1}), numberPredictions({1, 2, 3, 4, 6}));
  REQUIRE(test);
  CHECK(test->test == "paired bootstrap");
  CHECK(test->difference == doctest::Approx(200));
}

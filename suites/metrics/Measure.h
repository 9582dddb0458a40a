// Measure: what the metrics of a kind of task are computed from: a few counts a row, whose sums over any multiset of rows give each metric. That
// makes 1000 bootstrap resamples as cheap as adding numbers, and the same code serves a score, its interval and a comparison.
#pragma once

#include "suites/metrics/Score.h"

#include <functional>
#include <span>

namespace clew {

/// Sparse counts: row i adds amounts[k] to slot slots[k] for k in begins[i] .. begins[i+1]-1. Amounts are whole numbers, so that sums are exact,
/// except CMRC2018's F1.
struct RowCounts {
  int64_t width = 0; ///< number of slots
  std::vector<int64_t> begins = {0};
  std::vector<int32_t> slots;
  std::vector<double> amounts;

  int64_t rows() const { return static_cast<int64_t>(begins.size()) - 1; }
  void add(int64_t slot, double amount = 1) {
    slots.push_back(static_cast<int32_t>(slot));
    amounts.push_back(amount);
  }
  void endRow() { begins.push_back(static_cast<int64_t>(slots.size())); }
  void addTo(std::span<double> sums, int64_t row) const {
    for (int64_t k = begins[row]; k < begins[row + 1]; ++k) {
      sums[slots[k]] += amounts[k];
    }
  }
  std::vector<double> total() const;
};

/// The first 3 * classes slots, for kinds that have classes: how often class c is gold, is predicted, is both.
inline constexpr int64_t kPerClass = 3;
inline constexpr int64_t kGold = 0;
inline constexpr int64_t kPredicted = 1;
inline constexpr int64_t kHit = 2;

struct Metric {
  std::string name;
  std::function<double(std::span<const double> sums, int64_t rows)>
      value;                 ///< per cent; of the sums of its own Measure's counts
  bool rightOrWrong = false; ///< each row alone has 0 or 100: McNemar's test applies
};

struct Measure {
  int64_t classes = 0;
  RowCounts counts;
  std::vector<Metric> metrics; ///< the task's headline first
};

/// Those of the task (Task::metrics, else the usual ones of its kind, and the headline). BadInput if rows have no label or labels outside the task's, if there are none, or if the task's headline is none of its kind's metrics.
/// `predictions` are in the order of `rows`.
Result<Measure> measure(const Task &task, std::span<const Row> rows, std::span<const Prediction> predictions);

/// Precision, recall, F1 in per cent of gold, predicted and hit counts; 0 where the quotient is 0/0.
ClassScore classScore(double gold, double predicted, double hit);

/// What measures are made of, without checks of the whole: rows with one label each, with entities, with texts that are accepted, with a
/// number, with one of their own choices, with a choice for each blank, with several labels. BadInput if a row has no such gold or no such
/// answer. Each has all its metrics, in the order that they are shown in.
Result<Measure> measureLabels(const Task &task, std::span<const Row> rows, std::span<const Prediction> predictions);
Result<Measure> measureEntities(const Task &task, std::span<const Row> rows, std::span<const Prediction> predictions);
Result<Measure> measureTexts(std::span<const Row> rows, std::span<const Prediction> predictions);
Result<Measure> measureNumbers(std::span<const Row> rows, std::span<const Prediction> predictions);
Result<Measure> measureChoices(std::span<const Row> rows, std::span<const Prediction> predictions);
Result<Measure> measureBlanks(std::span<const Row> rows, std::span<const Prediction> predictions);
Result<Measure> measureLabelSets(const Task &task, std::span<const Row> rows, std::span<const Prediction> predictions);
const std::vector<Metric> &labelMetrics(); ///< the first kUsualLabelMetrics are those of every task
const std::vector<Metric> &entityMetrics();
const std::vector<Metric> &textMetrics();
const std::vector<Metric> &choiceMetrics(); ///< of measureChoices and measureBlanks
const std::vector<Metric> &labelSetMetrics();
/// Their functions know the rows, so that there are only names before those are there.
const std::vector<std::string_view> &numberMetricNames();
inline constexpr size_t kUsualLabelMetrics = 3;

/// Views of the names, which live as long as the metrics.
std::vector<std::string_view> namesOf(const std::vector<Metric> &metrics);

/// A row's gold or a prediction's answer, which is to be a T; BadInput that names the row if it is not.
template <typename T> Result<const T *> goldOf(const Row &row) {
  if (const T *gold = std::get_if<T>(&row.gold)) {
    return gold;
  }
  return fail(ErrorKind::BadInput, "row " + render(row.id) + " has no label; scores need a labelled split");
}
template <typename T> Result<const T *> answerOf(const Row &row, const Prediction &prediction) {
  if (const T *answer = std::get_if<T>(&prediction.answer)) {
    return answer;
  }
  return fail(ErrorKind::BadInput, "the prediction for row " + render(row.id) + " has no label");
}

/// Both. Errors of either, the gold's first.
template <typename Gold, typename Given> struct Judged {
  const Gold &gold;
  const Given &given;
};
template <typename Gold, typename Given>
Result<Judged<Gold, Given>> judgedOf(const Row &row, const Prediction &prediction) {
  const Result<const Gold *> gold = goldOf<Gold>(row);
  const Result<const Given *> given = answerOf<Given>(row, prediction);
  if (!gold || !given) {
    return gold ? fail(given) : fail(gold);
  }
  return Judged<Gold, Given>{**gold, **given};
}

} // namespace clew

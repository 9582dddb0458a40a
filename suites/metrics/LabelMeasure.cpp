// Accuracy and F1 of tasks with one label a row, as scikit-learn defines them.
#include "suites/metrics/Measure.h"

#include <fmt/format.h>

#include <cmath>

namespace clew {
namespace {

double accuracy(std::span<const double> sums, int64_t rows) {
  double hits = 0;
  for (size_t c = 0; c < sums.size(); c += kPerClass) {
    hits += sums[c + kHit];
  }
  return 100 * hits / static_cast<double>(rows);
}

/// The mean over the labels that occur as gold or predicted, which is what f1_score(average="macro") takes when it is given no labels.
double macroF1(std::span<const double> sums, int64_t /*rows*/) {
  double total = 0;
  int64_t classes = 0;
  for (size_t c = 0; c < sums.size(); c += kPerClass) {
    if (sums[c + kGold] + sums[c + kPredicted] > 0) {
      total += classScore(sums[c + kGold], sums[c + kPredicted], sums[c + kHit]).f1;
      ++classes;
    }
  }
  return total / static_cast<double>(classes);
}

/// Over all labels: with one label a row the same number as the accuracy, computed as F1 all the same.
double microF1(std::span<const double> sums, int64_t /*rows*/) {
  double gold = 0;
  double predicted = 0;
  double hit = 0;
  for (size_t c = 0; c < sums.size(); c += kPerClass) {
    gold += sums[c + kGold];
    predicted += sums[c + kPredicted];
    hit += sums[c + kHit];
  }
  return classScore(gold, predicted, hit).f1;
}

/// Matthews' correlation (Matthews 1975; of more than two labels Gorodkin 2004, doi:10.1016/j.compbiolchem.2004.09.006), -100 to 100. 0
/// where one side has one label only, as in scikit-learn.
double matthews(std::span<const double> sums, int64_t rows) {
  const auto all = static_cast<double>(rows);
  double hits = 0;
  double both = 0;
  double gold = 0;
  double predicted = 0;
  for (size_t c = 0; c < sums.size(); c += kPerClass) {
    hits += sums[c + kHit];
    both += sums[c + kGold] * sums[c + kPredicted];
    gold += sums[c + kGold] * sums[c + kGold];
    predicted += sums[c + kPredicted] * sums[c + kPredicted];
  }
  const double spread = (all * all - gold) * (all * all - predicted);
  return spread > 0 ? 100 * (hits * all - both) / std::sqrt(spread) : 0;
}

/// F1 of the second of two labels, GLUE's for MRPC and QQP.
double positiveF1(std::span<const double> sums, int64_t /*rows*/) {
  const size_t c = kPerClass; // of the second label
  return sums.size() == 2 * kPerClass ? classScore(sums[c + kGold], sums[c + kPredicted], sums[c + kHit]).f1 : 0;
}

} // namespace

const std::vector<Metric> &labelMetrics() {
  static const std::vector<Metric> kAll = {{"accuracy", accuracy, true},
                                           {"macro_f1", macroF1},
                                           {"micro_f1", microF1},
                                           {"matthews", matthews},
                                           {"f1", positiveF1}};
  return kAll;
}

Result<Measure> measureLabels(const Task &task, std::span<const Row> rows, std::span<const Prediction> predictions) {
  Measure measure;
  measure.classes = static_cast<int64_t>(task.labels.size());
  measure.counts.width = measure.classes * kPerClass;
  measure.metrics = labelMetrics();
  const auto isLabel = [&](int64_t index) { return index >= 0 && index < measure.classes; };
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto judged = judgedOf<int32_t, LabelAnswer>(rows[i], predictions[i]);
    if (!judged) {
      return fail(judged);
    }
    const int64_t right = judged->gold;
    const int64_t predicted = judged->given.label;
    if (!isLabel(right) || !isLabel(predicted)) {
      return fail(ErrorKind::BadInput,
                  fmt::format("row {}: the task has no labels {} and {}", render(rows[i].id), right, predicted));
    }
    measure.counts.add(right * kPerClass + kGold);
    measure.counts.add(predicted * kPerClass + kPredicted);
    if (right == predicted) {
      measure.counts.add(right * kPerClass + kHit);
    }
    measure.counts.endRow();
  }
  return measure;
}

} // namespace clew

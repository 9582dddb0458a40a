// Accuracy and F1 of tasks with one label a row, as scikit-learn defines them.
#include "suites/metrics/Measure.h"

#include <fmt/format.h>

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

} // namespace

Result<Measure> measureLabels(const Task &task, std::span<const Row> rows, std::span<const Prediction> predictions) {
  Measure measure;
  measure.classes = static_cast<int64_t>(task.labels.size());
  measure.counts.width = measure.classes * kPerClass;
  measure.metrics = {{"accuracy", accuracy, true}, {"macro_f1", macroF1}, {"micro_f1", microF1}};
  for (size_t i = 0; i < rows.size(); ++i) {
    const int64_t gold = rows[i].label;
    const int64_t predicted = predictions[i].label;
    if (gold < 0 || gold >= measure.classes) {
      return fail(ErrorKind::BadInput,
                  fmt::format("row {} has no label; scores need a labelled split", render(rows[i].id)));
    }
    if (predicted < 0 || predicted >= measure.classes) {
      return fail(ErrorKind::BadInput, fmt::format("the prediction for row {} has no label", render(rows[i].id)));
    }
    measure.counts.add(gold * kPerClass + kGold);
    measure.counts.add(predicted * kPerClass + kPredicted);
    if (gold == predicted) {
      measure.counts.add(gold * kPerClass + kHit);
    }
    measure.counts.endRow();
  }
  return measure;
}

} // namespace clew

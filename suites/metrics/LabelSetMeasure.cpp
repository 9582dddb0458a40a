// F1 and exact matches of rows with any number of labels each, as scikit-learn defines them for indicator matrices.
#include "suites/metrics/Measure.h"

#include <fmt/format.h>

#include <algorithm>

namespace clew {
namespace {

/// Slots: classes * 3, then rows that are right as a whole.
size_t classSlots(std::span<const double> sums) { return sums.size() - 1; }

double microF1(std::span<const double> sums, int64_t /*rows*/) {
  double gold = 0;
  double predicted = 0;
  double hit = 0;
  for (size_t c = 0; c < classSlots(sums); c += kPerClass) {
    gold += sums[c + kGold];
    predicted += sums[c + kPredicted];
    hit += sums[c + kHit];
  }
  return classScore(gold, predicted, hit).f1;
}

/// The mean over all labels of the task; one that is never gold and never predicted has 0.
double macroF1(std::span<const double> sums, int64_t /*rows*/) {
  double total = 0;
  for (size_t c = 0; c < classSlots(sums); c += kPerClass) {
    total += classScore(sums[c + kGold], sums[c + kPredicted], sums[c + kHit]).f1;
  }
  return total / (static_cast<double>(classSlots(sums)) / kPerClass);
}

double exact(std::span<const double> sums, int64_t rows) { return 100 * sums.back() / static_cast<double>(rows); }

} // namespace

const std::vector<Metric> &labelSetMetrics() {
  static const std::vector<Metric> kAll = {{"micro_f1", microF1}, {"macro_f1", macroF1}, {"accuracy", exact, true}};
  return kAll;
}

Result<Measure> measureLabelSets(const Task &task, std::span<const Row> rows, std::span<const Prediction> predictions) {
  Measure measure;
  measure.classes = static_cast<int64_t>(task.labels.size());
  measure.counts.width = measure.classes * kPerClass + 1;
  measure.metrics = labelSetMetrics();
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto judged = judgedOf<std::vector<int32_t>, LabelsAnswer>(rows[i], predictions[i]);
    if (!judged) {
      return fail(judged);
    }
    const std::vector<int32_t> &given = judged->given.labels;
    for (const std::vector<int32_t> *side : {&judged->gold, &given}) {
      for (const int32_t label : *side) {
        if (label < 0 || label >= measure.classes) {
          return fail(ErrorKind::BadInput, fmt::format("row {}: the task has no label {}", render(rows[i].id), label));
        }
        measure.counts.add(label * kPerClass + (side == &given ? kPredicted : kGold));
        if (side == &given && std::ranges::find(judged->gold, label) != judged->gold.end()) {
          measure.counts.add(label * kPerClass + kHit);
        }
      }
    }
    if (given == judged->gold) {
      measure.counts.add(measure.counts.width - 1);
    }
    measure.counts.endRow();
  }
  return measure;
}

} // namespace clew

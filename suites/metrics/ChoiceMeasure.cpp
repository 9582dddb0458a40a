// Accuracy of rows that have choices of their own, one a row or one for each blank of a text.
#include "suites/metrics/Measure.h"

#include <fmt/format.h>

namespace clew {
namespace {

constexpr int64_t kRight = 0;
constexpr int64_t kAsked = 1;
constexpr int64_t kChoiceSlots = 2;

double accuracy(std::span<const double> sums, int64_t /*rows*/) { return 100 * sums[kRight] / sums[kAsked]; }

Measure emptyMeasure() {
  Measure measure;
  measure.counts.width = kChoiceSlots;
  measure.metrics = choiceMetrics();
  return measure;
}

} // namespace

const std::vector<Metric> &choiceMetrics() {
  static const std::vector<Metric> kAll = {{"accuracy", accuracy}};
  return kAll;
}

Result<Measure> measureChoices(std::span<const Row> rows, std::span<const Prediction> predictions) {
  Measure measure = emptyMeasure();
  measure.metrics.front().rightOrWrong = true;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto judged = judgedOf<int32_t, LabelAnswer>(rows[i], predictions[i]);
    if (!judged) {
      return fail(judged);
    }
    measure.counts.add(kRight, judged->given.label == judged->gold ? 1 : 0);
    measure.counts.add(kAsked);
    measure.counts.endRow();
  }
  return measure;
}

Result<Measure> measureBlanks(std::span<const Row> rows, std::span<const Prediction> predictions) {
  Measure measure = emptyMeasure();
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto judged = judgedOf<std::vector<int32_t>, LabelsAnswer>(rows[i], predictions[i]);
    if (!judged) {
      return fail(judged);
    }
    const std::vector<int32_t> &given = judged->given.labels;
    if (given.size() != judged->gold.size() || given.empty()) {
      return fail(ErrorKind::BadInput, fmt::format("row {}: {} choices for {} blanks", render(rows[i].id), given.size(),
                                                   judged->gold.size()));
    }
    for (size_t blank = 0; blank < given.size(); ++blank) {
      measure.counts.add(kRight, given[blank] == judged->gold[blank] ? 1 : 0);
      measure.counts.add(kAsked);
    }
    measure.counts.endRow();
  }
  return measure;
}

} // namespace clew

// Chooses the measure by the task's kind and checks what all kinds have in common.
#include "suites/metrics/Measure.h"

#include "yaml/Suggest.h"

#include <fmt/format.h>

#include <algorithm>

namespace clew {

std::vector<double> RowCounts::total() const {
  std::vector<double> sums(static_cast<size_t>(width), 0.0);
  for (int64_t row = 0; row < rows(); ++row) {
    addTo(sums, row);
  }
  return sums;
}

ClassScore classScore(double gold, double predicted, double hit) {
  ClassScore score;
  score.precision = predicted > 0 ? 100 * hit / predicted : 0;
  score.recall = gold > 0 ? 100 * hit / gold : 0;
  score.f1 = gold + predicted > 0 ? 200 * hit / (gold + predicted) : 0;
  score.support = static_cast<int64_t>(gold);
  return score;
}

static Result<Measure> measureByKind(const Task &task, std::span<const Row> rows,
                                     std::span<const Prediction> predictions) {
  switch (task.kind) {
  case TaskKind::Classify:
  case TaskKind::Pair:
    return measureLabels(task, rows, predictions);
  case TaskKind::Tag:
    return measureEntities(task, rows, predictions);
  case TaskKind::Span:
    return measureSpans(task, rows, predictions);
  }
  return fail(ErrorKind::Internal, "a task of no known kind");
}

Result<Measure> measure(const Task &task, std::span<const Row> rows, std::span<const Prediction> predictions) {
  if (rows.empty()) {
    return fail(ErrorKind::BadInput, "there are no rows to score");
  }
  if (rows.size() != predictions.size()) {
    return fail(ErrorKind::BadInput, fmt::format("{} predictions for {} rows", predictions.size(), rows.size()));
  }
  Result<Measure> result = measureByKind(task, rows, predictions);
  if (!result || task.headline.empty()) {
    return result;
  }
  std::vector<Metric> &metrics = result->metrics;
  const auto headline =
      std::find_if(metrics.begin(), metrics.end(), [&](const Metric &m) { return m.name == task.headline; });
  if (headline == metrics.end()) {
    std::vector<std::string> names;
    std::transform(metrics.begin(), metrics.end(), std::back_inserter(names), [](const Metric &m) { return m.name; });
    return fail(ErrorKind::BadInput,
                fmt::format("the headline '{}' of task '{}' is no metric of kind {}: expected one of {}", task.headline,
                            task.name, nameOf(task.kind), quotedList(names)));
  }
  std::rotate(metrics.begin(), headline, headline + 1);
  return result;
}

} // namespace clew

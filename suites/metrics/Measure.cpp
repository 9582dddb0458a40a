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

std::vector<std::string_view> namesOf(const std::vector<Metric> &metrics) {
  std::vector<std::string_view> names;
  for (const Metric &metric : metrics) {
    names.push_back(metric.name);
  }
  return names;
}

/// Leaves out the metrics that nobody asked for.
static void keepAsked(const Task &task, std::vector<Metric> &metrics) {
  const size_t usual = task.kind->usual > 0 ? task.kind->usual : metrics.size();
  size_t place = 0;
  std::erase_if(metrics, [&](const Metric &metric) {
    const bool isUsual = place++ < usual;
    const bool named = std::ranges::find(task.metrics, metric.name) != task.metrics.end();
    return metric.name != task.headline && !(task.metrics.empty() ? isUsual : named);
  });
}

Result<Measure> measure(const Task &task, std::span<const Row> rows, std::span<const Prediction> predictions) {
  if (rows.empty()) {
    return fail(ErrorKind::BadInput, "there are no rows to score");
  }
  if (rows.size() != predictions.size()) {
    return fail(ErrorKind::BadInput, fmt::format("{} predictions for {} rows", predictions.size(), rows.size()));
  }
  Result<Measure> result = task.kind->measure(task, rows, predictions);
  if (!result) {
    return result;
  }
  keepAsked(task, result->metrics);
  if (task.headline.empty()) {
    return result;
  }
  std::vector<Metric> &metrics = result->metrics;
  const auto headline =
      std::find_if(metrics.begin(), metrics.end(), [&](const Metric &m) { return m.name == task.headline; });
  if (headline == metrics.end()) {
    const std::vector<std::string_view> names = namesOf(metrics);
    return fail(ErrorKind::BadInput,
                fmt::format("the headline '{}' of task '{}' is no metric of kind {}: expected one of {}", task.headline,
                            task.name, task.kind->name, quotedList({names.begin(), names.end()})));
  }
  std::rotate(metrics.begin(), headline, headline + 1);
  return result;
}

} // namespace clew

// From counts to scores with their intervals.
#include "suites/metrics/Score.h"

#include "suites/metrics/Bootstrap.h"
#include "suites/metrics/Measure.h"

#include <nlohmann/json.hpp>

namespace clew {

Result<Scores> score(const Task &task, std::span<const Row> rows, std::span<const Prediction> predictions,
                     const BootstrapOptions &options) {
  const Result<Measure> measured = measure(task, rows, predictions);
  if (!measured) {
    return fail(measured);
  }
  Scores scores;
  scores.rows = measured->counts.rows();
  const std::vector<double> total = measured->counts.total();
  const size_t resamples = static_cast<size_t>(std::max(options.resamples, 0));
  std::vector<std::vector<double>> values(measured->metrics.size(), std::vector<double>(resamples));
  const RowCounts *systems[] = {&measured->counts};
  forEachResample(systems, options, [&](int64_t resample, std::span<const std::vector<double>> sums) {
    for (size_t m = 0; m < values.size(); ++m) {
      values[m][static_cast<size_t>(resample)] = measured->metrics[m].value(sums[0], scores.rows);
    }
  });
  for (size_t m = 0; m < values.size(); ++m) {
    const Metric &metric = measured->metrics[m];
    const double value = metric.value(total, scores.rows);
    scores.metrics.emplace_back(metric.name,
                                resamples > 0 ? percentileInterval(value, values[m]) : Interval{value, value, value});
  }
  for (int64_t c = 0; c < measured->classes; ++c) {
    const std::span<const double> counts = std::span(total).subspan(static_cast<size_t>(c * kPerClass), kPerClass);
    scores.perClass.emplace_back(task.labels[static_cast<size_t>(c)],
                                 classScore(counts[kGold], counts[kPredicted], counts[kHit]));
  }
  return scores;
}

nlohmann::ordered_json toJson(const Task &task, const std::string &split, const Scores &scores) {
  nlohmann::ordered_json metrics = nlohmann::ordered_json::object();
  for (const auto &[name, interval] : scores.metrics) {
    metrics[name] = {{"value", interval.value}, {"lo", interval.lo}, {"hi", interval.hi}};
  }
  nlohmann::ordered_json perClass = nlohmann::ordered_json::object();
  for (const auto &[name, one] : scores.perClass) {
    perClass[name] = {{"precision", one.precision}, {"recall", one.recall}, {"f1", one.f1}, {"support", one.support}};
  }
  return {{"task", task.name}, {"split", split}, {"rows", scores.rows}, {"metrics", metrics}, {"per_class", perClass}};
}

} // namespace clew

// Whether two systems differ on the same rows, and how many of a table's differences to believe.
#include "suites/metrics/Bootstrap.h"
#include "suites/metrics/Measure.h"
#include "suites/metrics/Score.h"

#include <boost/math/distributions/binomial.hpp>

#include <algorithm>
#include <numeric>

namespace clew {
namespace {

/// Two-sided exact test of McNemar (1947): of the rows that only one system has right, is it half A's? 1 where there are none.
double mcnemar(const Metric &metric, const RowCounts &a, const RowCounts &b) {
  int64_t onlyA = 0;
  int64_t onlyB = 0;
  std::vector<double> sums(static_cast<size_t>(a.width));
  const auto isRight = [&](const RowCounts &counts, int64_t row) {
    std::fill(sums.begin(), sums.end(), 0.0);
    counts.addTo(sums, row);
    return metric.value(sums, 1) > 50;
  };
  for (int64_t row = 0; row < a.rows(); ++row) {
    const bool rightA = isRight(a, row);
    const bool rightB = isRight(b, row);
    onlyA += rightA && !rightB ? 1 : 0;
    onlyB += rightB && !rightA ? 1 : 0;
  }
  if (onlyA + onlyB == 0) {
    return 1;
  }
  const boost::math::binomial_distribution<double> fair(static_cast<double>(onlyA + onlyB), 0.5);
  return std::min(1.0, 2 * boost::math::cdf(fair, static_cast<double>(std::min(onlyA, onlyB))));
}

/// Two-sided: twice the smaller share of resamples on one side of no difference, the observed one counted in (so never 0).
double bootstrapP(std::span<const double> differences) {
  const auto notAbove = std::count_if(differences.begin(), differences.end(), [](double d) { return d <= 0; });
  const auto notBelow = std::count_if(differences.begin(), differences.end(), [](double d) { return d >= 0; });
  return std::min(1.0, 2.0 * static_cast<double>(std::min(notAbove, notBelow) + 1) /
                           static_cast<double>(differences.size() + 1));
}

} // namespace

Result<PairedTest> comparePaired(const Task &task, std::span<const Row> rows, std::span<const Prediction> a,
                                 std::span<const Prediction> b, const BootstrapOptions &options) {
  const Result<Measure> first = measure(task, rows, a);
  if (!first) {
    return fail(first);
  }
  const Result<Measure> second = measure(task, rows, b);
  if (!second) {
    return fail(second);
  }
  const Metric &metric = first->metrics.front();
  const Metric &other = second->metrics.front(); // may know the second system's rows
  const auto size = static_cast<int64_t>(rows.size());
  std::vector<double> differences(static_cast<size_t>(std::max(options.resamples, 0)));
  const RowCounts *systems[] = {&first->counts, &second->counts};
  forEachResample(systems, options, [&](int64_t resample, std::span<const std::vector<double>> sums) {
    differences[static_cast<size_t>(resample)] = other.value(sums[1], size) - metric.value(sums[0], size);
  });
  PairedTest test;
  test.metric = metric.name;
  test.difference = other.value(second->counts.total(), size) - metric.value(first->counts.total(), size);
  test.test = metric.rightOrWrong ? "mcnemar" : "paired bootstrap";
  test.p = metric.rightOrWrong ? mcnemar(metric, first->counts, second->counts) : bootstrapP(differences);
  test.lo = test.hi = test.difference;
  if (!differences.empty()) {
    const Interval interval = percentileInterval(test.difference, differences);
    test.lo = interval.lo;
    test.hi = interval.hi;
  }
  return test;
}

std::vector<double> adjustedForDiscoveries(std::span<const double> p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t i, size_t j) { return p[i] > p[j]; });
  std::vector<double> adjusted(p.size());
  double smallest = 1;
  for (size_t k = 0; k < order.size(); ++k) { // from the largest p; its rank is size - k
    const double rank = static_cast<double>(p.size() - k);
    smallest = std::min(smallest, p[order[k]] * static_cast<double>(p.size()) / rank);
    adjusted[order[k]] = smallest;
  }
  return adjusted;
}

} // namespace clew

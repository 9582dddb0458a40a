// Correlations of predicted numbers with the right ones. Ranks hang on all rows that were drawn, so a row's only count is itself, and the
// functions know the numbers: sums say how often each row was drawn.
#include "suites/metrics/Measure.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

namespace clew {
namespace {

/// One side's numbers, and the rows in their order.
struct Numbers {
  std::vector<double> values;
  std::vector<size_t> order;

  void sort() {
    order.resize(values.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::sort(order, {}, [&](size_t row) { return values[row]; });
  }
};

struct NumberPairs {
  Numbers gold;
  Numbers given;
};

/// Pearson's correlation of rows that count `weights` times, in per cent; 0 where one side does not vary (it is not defined there).
double correlation(std::span<const double> x, std::span<const double> y, std::span<const double> weights) {
  double all = 0;
  double meanX = 0;
  double meanY = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    all += weights[i];
    meanX += weights[i] * x[i];
    meanY += weights[i] * y[i];
  }
  meanX /= all;
  meanY /= all;
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - meanX;
    const double dy = y[i] - meanY;
    xx += weights[i] * dx * dx;
    yy += weights[i] * dy * dy;
    xy += weights[i] * dx * dy;
  }
  // What rounding leaves of numbers that are all the same is no variance.
  const auto varies = [&](double squares, double mean) { return squares > 1e-26 * all * std::max(1.0, mean * mean); };
  return varies(xx, meanX) && varies(yy, meanY) ? 100 * std::clamp(xy / std::sqrt(xx) / std::sqrt(yy), -1.0, 1.0) : 0;
}

/// Ranks from 1 of rows that count `weights` times; equal numbers have the mean of their ranks.
std::vector<double> ranksOf(const Numbers &numbers, std::span<const double> weights) {
  std::vector<double> ranks(numbers.values.size());
  double before = 0;
  for (size_t first = 0; first < numbers.order.size();) {
    double here = 0;
    size_t last = first;
    for (; last < numbers.order.size() && numbers.values[numbers.order[last]] == numbers.values[numbers.order[first]];
         ++last) {
      here += weights[numbers.order[last]];
    }
    for (size_t i = first; i < last; ++i) {
      ranks[numbers.order[i]] = before + (here + 1) / 2;
    }
    before += here;
    first = last;
  }
  return ranks;
}

} // namespace

const std::vector<std::string_view> &numberMetricNames() {
  static const std::vector<std::string_view> kAll = {"pearson", "spearman"};
  return kAll;
}

Result<Measure> measureNumbers(std::span<const Row> rows, std::span<const Prediction> predictions) {
  Measure measure;
  measure.counts.width = static_cast<int64_t>(rows.size());
  const auto pairs = std::make_shared<NumberPairs>();
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto judged = judgedOf<double, NumberAnswer>(rows[i], predictions[i]);
    if (!judged) {
      return fail(judged);
    }
    pairs->gold.values.push_back(judged->gold);
    pairs->given.values.push_back(judged->given.number);
    measure.counts.add(static_cast<int64_t>(i));
    measure.counts.endRow();
  }
  pairs->gold.sort();
  pairs->given.sort();
  measure.metrics.push_back({"pearson", [pairs](std::span<const double> weights, int64_t /*rows*/) {
                               return correlation(pairs->gold.values, pairs->given.values, weights);
                             }});
  measure.metrics.push_back({"spearman", [pairs](std::span<const double> weights, int64_t /*rows*/) {
                               return correlation(ranksOf(pairs->gold, weights), ranksOf(pairs->given, weights),
                                                  weights);
                             }});
  return measure;
}

} // namespace clew

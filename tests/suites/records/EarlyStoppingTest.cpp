// Early stopping against MLPerf's table and against the binomial distribution summed term by term.
#include "suites/records/EarlyStopping.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

namespace clew {
namespace {

/// P(Binomial(n, 1 - percentile) <= t), by logarithms of factorials.
double cumulative(int64_t n, int64_t t, double percentile) {
  double sum = 0;
  for (int64_t k = 0; k <= t; ++k) {
    const auto x = static_cast<double>(n);
    const auto y = static_cast<double>(k);
    sum += std::exp(std::lgamma(x + 1) - std::lgamma(y + 1) - std::lgamma(x - y + 1) + y * std::log1p(-percentile) +
                    (x - y) * std::log(percentile));
  }
  return sum;
}

} // namespace

TEST_CASE("the fewest queries for an estimate are those of the published table") {
  CHECK(minimumQueries(0.5) == 11);
  CHECK(minimumQueries(0.9) == 64);
  CHECK(minimumQueries(0.95) == 130);
  CHECK(minimumQueries(0.99) == 662);
  CHECK(minimumQueries(0.999) == 6636);
}

TEST_CASE("minimumQueries and slowestToDrop follow the binomial distribution") {
  for (const double percentile : {0.5, 0.9, 0.99}) {
    for (int64_t slowest = 1; slowest <= 40; slowest += 3) {
      const int64_t n = minimumQueries(percentile, slowest);
      CHECK(cumulative(n, slowest, percentile) <= 0.01);
      CHECK(cumulative(n - 1, slowest, percentile) > 0.01);
      CHECK(slowestToDrop(percentile, n) == slowest);
      CHECK(slowestToDrop(percentile, n - 1) == slowest - 1);
    }
  }
  CHECK(slowestToDrop(0.99, 0) == 0);
}

TEST_CASE("too few samples give no percentile, enough give the one after the dropped") {
  std::vector<int64_t> latencies(661);
  std::iota(latencies.begin(), latencies.end(), 1);
  CHECK(!estimatePercentile(latencies, 0.99));
  latencies.push_back(662);
  CHECK(estimatePercentile(latencies, 0.99) == 662);
  CHECK(estimatePercentile(std::vector<int64_t>(10, 1), 0.5) == std::nullopt);
  CHECK(estimatePercentile(std::vector<int64_t>(11, 1), 0.5) == 1);
  CHECK(!estimatePercentile({}, 0.5));
  // With many samples the estimate comes near the percentile, from above.
  latencies.resize(1'000'000);
  std::iota(latencies.begin(), latencies.end(), 1);
  const std::optional<int64_t> p99 = estimatePercentile(latencies, 0.99);
  REQUIRE(p99);
  CHECK(*p99 > 990'000);
  CHECK(*p99 < 990'400);
}

} // namespace clew

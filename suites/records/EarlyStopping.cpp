// The binomial distribution by Boost's incomplete beta function: P(Binomial(n, q) <= t) = I_{1-q}(n - t, t + 1).
#include "suites/records/EarlyStopping.h"

#include <boost/math/special_functions/beta.hpp>

#include <cassert>

namespace clew {
namespace {

bool suffices(double percentile, int64_t queries, int64_t slowest) {
  return queries > slowest &&
         boost::math::ibeta(static_cast<double>(queries - slowest), static_cast<double>(slowest + 1), percentile) <=
             1 - percentileConfidence;
}

} // namespace

int64_t minimumQueries(double percentile, int64_t slowest) {
  assert(percentile > 0 && percentile < 1 && slowest >= 1);
  int64_t tooFew = slowest;
  int64_t enough = 2 * slowest + 2;
  while (!suffices(percentile, enough, slowest)) {
    tooFew = enough;
    enough *= 2;
  }
  while (enough - tooFew > 1) {
    const int64_t middle = tooFew + (enough - tooFew) / 2;
    (suffices(percentile, middle, slowest) ? enough : tooFew) = middle;
  }
  return enough;
}

int64_t slowestToDrop(double percentile, int64_t queries) {
  int64_t allowed = 0;
  int64_t tooMany = queries;
  while (tooMany - allowed > 1) {
    const int64_t middle = allowed + (tooMany - allowed) / 2;
    (suffices(percentile, queries, middle) ? allowed : tooMany) = middle;
  }
  return allowed;
}

std::optional<int64_t> estimatePercentile(std::span<const int64_t> sorted, double percentile) {
  const int64_t slowest = slowestToDrop(percentile, static_cast<int64_t>(sorted.size()));
  if (slowest == 0) {
    return std::nullopt;
  }
  return sorted[sorted.size() - static_cast<size_t>(slowest)];
}

} // namespace clew

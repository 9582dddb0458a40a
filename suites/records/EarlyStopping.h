// Percentiles of latency that hold with 99 % confidence, after MLPerf Inference's early stopping (arXiv:1911.02549; the rule is in
// mlcommons/inference, "early stopping criterion").
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace clew {

/// With how much confidence a percentile is stated.
inline constexpr double percentileConfidence = 0.99;

/// The fewest queries of which `slowest` may be slower than the true percentile (0 < percentile < 1) and the next one still bounds it: the
/// least n with P(Binomial(n, 1 - percentile) <= slowest) <= 1 - confidence. For slowest = 1: p50 11, p90 64, p95 130, p99 662, p99.9 6,636.
int64_t minimumQueries(double percentile, int64_t slowest = 1);

/// The greatest t of which minimumQueries(percentile, t) <= queries; 0 when there are too few queries for an estimate.
int64_t slowestToDrop(double percentile, int64_t queries);

/// The estimate of a percentile: the t - 1 slowest are dropped, the next one is reported. Nothing when there are too few queries.
/// `sorted` is in ascending order, in any unit.
std::optional<int64_t> estimatePercentile(std::span<const int64_t> sorted, double percentile);

} // namespace clew

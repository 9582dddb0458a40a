// Scores that a record states, held against those that its predictions give.
#pragma once

#include "suites/metrics/Score.h"
#include "suites/records/Record.h"

namespace clew {

/// Recomputed numbers are the same to so many per cent points: the order of sums may differ between builds.
inline constexpr double kSameScore = 1e-6;

/// All that a record states otherwise than `scores` have it, each as "/field: expected ..., found ...": metrics with their intervals,
/// headline, classes with their support. No scores: none may be stated.
std::vector<std::string> scoreFaults(const Record &record, const std::string &headline,
                                     const std::optional<Scores> &scores);

} // namespace clew

// The Pareto front: the systems that no other beats in one respect without losing in the other.
#pragma once

#include "suites/report/ReportRow.h"

#include <span>
#include <vector>

namespace clew {

struct Tradeoff {
  double cost = 0; ///< less is better: milliseconds
  double gain = 0; ///< more is better: a score
};

/// Indices of the points that no other point dominates (is at least as good in both and better in one), by rising cost; equal points all
/// stay, in the order given. A point that is not finite is never on the front. O(n log n).
std::vector<size_t> paretoFront(std::span<const Tradeoff> points);

/// Sets ReportRow::pareto: headline score against p50 (text to label), among rows of the same task, data, metric and machine; random
/// weights and rows without score or p50 take no part.
void markParetoFronts(std::span<ReportRow> rows);

} // namespace clew

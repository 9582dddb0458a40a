// One sweep over the points by rising cost.
#include "suites/report/Pareto.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

namespace clew {

std::vector<size_t> paretoFront(std::span<const Tradeoff> points) {
  std::vector<size_t> order;
  for (size_t i = 0; i < points.size(); ++i) {
    if (std::isfinite(points[i].cost) && std::isfinite(points[i].gain)) {
      order.push_back(i);
    }
  }
  std::ranges::sort(order, {}, [&](size_t i) { return std::tuple(points[i].cost, -points[i].gain, i); });
  std::vector<size_t> front;
  double best = -std::numeric_limits<double>::infinity();
  for (const size_t i : order) {
    const bool equal = !front.empty() && points[front.back()].cost == points[i].cost && points[i].gain == best;
    if (points[i].gain > best || equal) {
      front.push_back(i);
      best = points[i].gain;
    }
  }
  return front;
}

void markParetoFronts(std::span<ReportRow> rows) {
  std::map<std::string, std::vector<size_t>> groups;
  for (size_t i = 0; i < rows.size(); ++i) {
    const ReportRow &row = rows[i];
    if (row.complete() && !row.randomWeights() && row.latency.p50) {
      groups[row.task + '\n' + row.taskVersion + '\n' + row.split + '\n' + row.dataSha256 + '\n' +
             row.metrics.front().first + '\n' + row.machineId]
          .push_back(i);
    }
  }
  for (const auto &[key, members] : groups) {
    std::vector<Tradeoff> points;
    for (const size_t i : members) {
      points.push_back({*rows[i].latency.p50, rows[i].metrics.front().second.value});
    }
    for (const size_t at : paretoFront(points)) {
      rows[members[at]].pareto = true;
    }
  }
}

} // namespace clew

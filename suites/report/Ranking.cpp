// See Ranking.h.
#include "suites/report/Ranking.h"

#include <algorithm>
#include <limits>
#include <map>

namespace clew {
namespace {

const Interval &headlineOf(const RankedRow &ranked) { return ranked.row->metrics.front().second; }

/// A row's configuration, once: the higher tier, and of one tier the row that comes first, which is the faster one.
void addRow(const ReportRow &row, Ranking &ranking) {
  const auto same = std::ranges::find_if(
      ranking.rows, [&](const RankedRow &other) { return other.row->configuration() == row.configuration(); });
  if (same == ranking.rows.end()) {
    ranking.rows.push_back({.row = &row});
  } else if (row.tier > same->row->tier) {
    same->row = &row;
  }
}

void setRanks(Ranking &ranking) {
  std::vector<double> lows;
  for (const RankedRow &ranked : ranking.rows) {
    lows.push_back(headlineOf(ranked).lo);
  }
  std::ranges::sort(lows);
  for (RankedRow &ranked : ranking.rows) {
    ranked.rank = 1 + (lows.end() - std::ranges::upper_bound(lows, headlineOf(ranked).hi));
  }
}

struct Cost {
  double latency = std::numeric_limits<double>::infinity();
  double memory = std::numeric_limits<double>::infinity();
  double energy = std::numeric_limits<double>::infinity();

  bool noMoreThan(const Cost &other) const {
    return latency <= other.latency && memory <= other.memory && energy <= other.energy;
  }
  bool operator==(const Cost &) const = default;
};

/// Rows come by falling score: only rows above, or of the same score, can be better in everything.
void setFront(Ranking &ranking) {
  const auto costOf = [](const RankedRow &ranked) {
    Cost cost;
    cost.latency = ranked.row->latency.p50.value_or(cost.latency);
    cost.energy = ranked.row->joulesPerRow > 0 ? ranked.row->joulesPerRow : cost.energy;
    cost.memory = ranked.row->peakMemory > 0 ? static_cast<double>(ranked.row->peakMemory) : cost.memory;
    return cost;
  };
  std::vector<std::pair<double, Cost>> front;
  for (size_t begin = 0; begin < ranking.rows.size();) {
    const double score = headlineOf(ranking.rows[begin]).value;
    size_t end = begin;
    for (; end < ranking.rows.size() && headlineOf(ranking.rows[end]).value == score; ++end) {
      front.emplace_back(score, costOf(ranking.rows[end]));
    }
    for (; begin < end; ++begin) {
      const Cost cost = costOf(ranking.rows[begin]);
      ranking.rows[begin].front =
          ranking.rows[begin].row->latency.p50 && std::ranges::none_of(front, [&](const auto &other) {
            return other.second.noMoreThan(cost) && (other.first > score || !(other.second == cost));
          });
    }
  }
}

} // namespace

std::vector<Ranking> rankRows(std::span<const ReportRow> rows) {
  std::vector<Ranking> rankings;
  std::map<std::string, size_t> places;
  for (const ReportRow &row : rows) {
    if (!row.ranked()) {
      continue;
    }
    const std::string machine = nameOf(row.machine);
    const auto [place, isNew] = places.emplace(boardOf(row) + '\n' + row.taskSha256 + '\n' + machine, rankings.size());
    if (isNew) {
      rankings.push_back({machine, {}});
    }
    addRow(row, rankings[place->second]);
  }
  for (Ranking &ranking : rankings) {
    ranking.rows.front().isBest = true;
    setRanks(ranking);
    setFront(ranking);
  }
  return rankings;
}

void testRankings(std::span<Ranking> rankings, RowTester &tester) {
  for (Ranking &ranking : rankings) {
    std::vector<RankedRow *> tested;
    std::vector<double> p;
    for (RankedRow &ranked : ranking.rows) {
      if (ranked.isBest) {
        continue;
      }
      if (const Result<PairedTest> test = tester.test(*ranked.row, *ranking.rows.front().row)) {
        ranked.test = *test;
        tested.push_back(&ranked);
        p.push_back(test->p);
      } else {
        ranked.whyNot = test.error().message;
      }
    }
    const std::vector<double> adjusted = adjustedForDiscoveries(p);
    for (size_t i = 0; i < tested.size(); ++i) {
      tested[i]->adjustedP = adjusted[i];
    }
  }
}

} // namespace clew

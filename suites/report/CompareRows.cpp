// Finds the base of each task, tests, adjusts.
#include "suites/report/CompareRows.h"

#include "suites/report/RowTester.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace clew {
namespace {

bool isNamed(const ReportRow &row, const std::string &base) {
  return row.name() == base || row.model == base || std::ranges::find(row.ids, base) != row.ids.end();
}

/// The base of each board, as one of its rows.
using Bases = std::map<std::string, const ReportRow *>;

Result<Bases> findBases(std::span<const ReportRow> rows, const std::string &base) {
  std::map<std::string, std::vector<const ReportRow *>> named;
  for (const ReportRow &row : rows) {
    if (isNamed(row, base)) {
      named[boardOf(row)].push_back(&row);
    }
  }
  if (named.empty()) {
    return fail(ErrorKind::NotFound,
                fmt::format("no record of the base '{}'; it may be a model (bert/base), a model at a "
                            "precision (bert/base@f32) or a record's id",
                            base));
  }
  Bases bases;
  for (auto &[board, candidates] : named) {
    std::set<std::string> configurations;
    for (const ReportRow *row : candidates) {
      configurations.insert(row->configuration());
    }
    if (configurations.size() > 1) { // a model's name alone means f32
      std::erase_if(candidates, [](const ReportRow *row) { return row->precision != Precision::F32; });
      configurations.clear();
      for (const ReportRow *row : candidates) {
        configurations.insert(row->configuration());
      }
    }
    if (configurations.size() != 1) {
      return fail(ErrorKind::BadInput,
                  fmt::format("the base '{}' means several configurations on one task; name one by its precision "
                              "(bert/base@bf16) or by a record's id",
                              base));
    }
    bases[board] = candidates.front();
  }
  return bases;
}

/// Of the base's rows, the one that was timed as `row` was.
const ReportRow *timedAlike(std::span<const ReportRow> rows, const ReportRow &base, const ReportRow &row) {
  for (const ReportRow &other : rows) {
    if (other.configuration() == base.configuration() && other.threads == row.threads && other.tier == row.tier &&
        other.machineId == row.machineId && other.latency.p50) {
      return &other;
    }
  }
  return nullptr;
}

} // namespace

Result<void> compareRows(std::span<ReportRow> rows, const CompareOptions &options, const GoldSource &gold) {
  const Result<Bases> bases = findBases(rows, options.base);
  if (!bases) {
    return fail(bases);
  }
  RowTester tester(gold, options.bootstrap);
  std::map<std::string, RowComparison> configurations;
  std::vector<std::string> tested;
  std::vector<double> p;
  for (const ReportRow &row : rows) {
    const auto [place, isNew] = configurations.try_emplace(row.configuration());
    RowComparison &comparison = place->second;
    const auto base = bases->find(boardOf(row));
    if (!isNew) {
      continue;
    }
    if (base == bases->end()) {
      comparison.whyNot = "no base on this task";
    } else if (row.configuration() == base->second->configuration()) {
      comparison.isBase = true;
    } else if (const Result<PairedTest> test = tester.test(row, *base->second)) {
      comparison.test = *test;
      tested.push_back(row.configuration());
      p.push_back(test->p);
    } else {
      comparison.whyNot = test.error().message;
    }
  }
  const std::vector<double> adjusted = adjustedForDiscoveries(p);
  for (size_t i = 0; i < tested.size(); ++i) {
    configurations[tested[i]].adjustedP = adjusted[i];
  }
  for (ReportRow &row : rows) {
    row.comparison = configurations[row.configuration()];
    const auto base = bases->find(boardOf(row));
    const ReportRow *alike = base == bases->end() ? nullptr : timedAlike(rows, *base->second, row);
    if (alike && row.latency.p50 && *row.latency.p50 > 0 && !row.comparison->isBase) {
      row.comparison->speed = *alike->latency.p50 / *row.latency.p50;
    }
  }
  return {};
}

} // namespace clew

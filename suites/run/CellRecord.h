// CellRecord: puts together the record of one cell from what was measured.
#pragma once

#include "suites/run/BenchPlan.h"
#include "suites/run/CellAccuracy.h"
#include "suites/run/Machine.h"
#include "suites/run/Scenario.h"

namespace clew {

/// What the program that measures is made of; the command line knows it.
struct BuildFacts {
  std::string commit; ///< 40 hex digits or "unknown"
  bool dirty = false;
  std::vector<std::pair<std::string, std::string>> versions; ///< of Clew and its libraries
};

/// Everything about one measured cell.
struct CellMeasured {
  CellAccuracy accuracy;
  std::optional<Interval> f32; ///< the headline score of the same program in f32, for the gate; of lower precisions
  std::optional<ScenarioResult> timing; ///< nothing: accuracy alone
  std::vector<int64_t> lengths;         ///< tokens of each row that queries were drawn from
  int64_t peakMemoryBytes = 0;
  int64_t started = 0; ///< seconds since 1970
  int64_t finished = 0;
};

/// The record, valid by the schema.
Record recordOf(const BenchPlan &plan, const BenchProgram &program, const BenchCell &cell, const Subject &subject,
                const CellMeasured &measured, const Machine &machine, const BuildFacts &build);

/// The seeds of a cell's scenarios.
Seeds seedsOf(uint64_t seed);

/// Number of queries by tokens, in bins named by their largest length: 8, 16, 32, ...
nlohmann::ordered_json histogramOf(std::span<const int64_t> lengths, std::span<const int32_t> asked);

} // namespace clew

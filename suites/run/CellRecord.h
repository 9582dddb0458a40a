// CellRecord: puts together the record of one cell from what was measured.
#pragma once

#include "suites/run/Answers.h"
#include "suites/run/Scenario.h"

namespace clew {

/// What the program that measures is made of; the command line knows it.
struct BuildFacts {
  std::string commit; ///< 40 hex digits or "unknown"
  bool dirty = false;
  std::vector<std::pair<std::string, std::string>> versions; ///< of Clew and its libraries
};

struct BenchRun;
struct OpenCell;

/// Everything that was measured of one cell.
struct CellMeasured {
  const ConfigurationAnswers *answers = nullptr;
  std::optional<Interval>
      f32; ///< the headline score of the same configuration in f32, for the gate; of lower precisions
  std::optional<ScenarioResult> timing; ///< nothing: accuracy alone
  std::string noEnergy;                 ///< why `timing` has no joules, if it has none
  std::vector<int64_t> lengths;         ///< tokens of each row that queries were drawn from
  int64_t peakMemoryBytes = 0;
  int64_t started = 0; ///< seconds since 1970
  int64_t finished = 0;
};

/// The record, valid by the schema, with id and digest.
Record recordOf(const BenchRun &run, const OpenCell &cell, const CellMeasured &measured);

/// The seeds of a cell's scenarios.
Seeds seedsOf(uint64_t seed);

/// Number of queries by tokens, in bins named by their largest length: 8, 16, 32, ...
nlohmann::ordered_json histogramOf(std::span<const int64_t> lengths, std::span<const int32_t> asked);

} // namespace clew

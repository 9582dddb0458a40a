// Ranking: which programs are how good at a task on one class of machines, and between which of them the data does not decide.
#pragma once

#include "suites/report/ReportRow.h"
#include "suites/report/RowTester.h"

#include <span>
#include <string>
#include <vector>

namespace clew {

struct RankedRow {
  const ReportRow *row = nullptr;
  int64_t rank = 1; ///< 1 + the number of rows of the ranking whose 95 % interval lies wholly above this one's
  bool isBest = false;
  std::optional<PairedTest> test = {};  ///< row - best, on the same rows of the split
  std::optional<double> adjustedP = {}; ///< of that test, Benjamini-Hochberg over the tests of the ranking
  std::string whyNot = {};              ///< why there is no test
  bool front = false;                   ///< no other row is as good in score, p50, memory and energy, and better in one
};

/// One task (version, split, data) on one class of machines: times of different ones say nothing about each other.
struct Ranking {
  std::string machineClass;    ///< CPU and cores (suites/records nameOf)
  std::vector<RankedRow> rows; ///< best score first
};

/// Of rows in the order of standsBefore, those that may be ranked. A configuration stands once in a ranking, with its timing of the highest
/// tier, then the lowest p50. Rankings keep the order of tasks; within one, of the first row of each class. The rows must outlive them.
std::vector<Ranking> rankRows(std::span<const ReportRow> rows);

/// Tests every row of each ranking against its best.
void testRankings(std::span<Ranking> rankings, RowTester &tester);

} // namespace clew

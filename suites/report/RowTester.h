// Paired tests of two rows of a report on their files of predictions. Nothing in those files or about them is trusted.
#pragma once

#include "runtime/base/Result.h"
#include "suites/check/GoldRows.h"
#include "suites/report/ReportRow.h"

#include <map>
#include <string>
#include <vector>

namespace clew {

/// Rows of one board have the same task (and definition), version, split and data: their scores may be held against each other.
std::string boardOf(const ReportRow &row);

/// Reads each file once. Used by one thread.
class RowTester {
public:
  RowTester(const GoldSource &gold, const BootstrapOptions &options) : gold(gold), options(options) {}

  /// `row` against `base` of the same board, on the task's headline metric (suites/metrics comparePaired). NotFound: one has no predictions, or
  /// its file or the data is not here; BadInput: they are not the recorded ones.
  Result<PairedTest> test(const ReportRow &row, const ReportRow &base);

private:
  /// A task with the rows of a split.
  struct GoldRows {
    Task task;
    Dataset data;
  };
  const Result<GoldRows> &goldOf(const ReportRow &row);
  Result<GoldRows> readGold(const ReportRow &row) const;
  const Result<std::vector<Prediction>> &predictionsOf(const ReportRow &row, const GoldRows &goldRows);

  const GoldSource &gold;
  BootstrapOptions options;
  std::map<std::string, Result<GoldRows>> golds;
  std::map<std::string, Result<std::vector<Prediction>>> shelf;
};

} // namespace clew

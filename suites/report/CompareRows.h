// Is the difference real? Every row against one base on the same task, paired by the rows of the split.
#pragma once

#include "runtime/base/Result.h"
#include "suites/check/GoldRows.h"
#include "suites/report/ReportRow.h"

#include <span>
#include <string>
#include <vector>

namespace clew {

struct CompareOptions {
  std::string base; ///< "bert/base", "bert/base@f32" or a record's id
  BootstrapOptions bootstrap;
};

/// Sets `comparison` of every row: paired significance on the task's headline metric (suites/metrics comparePaired) between the prediction
/// files of the row's configuration and of the base on the same task and data, p-values adjusted across all configurations of the report
/// (Benjamini-Hochberg), and the ratio of p50 where base and row were timed with the same threads, tier and machine. A row that cannot be
/// compared says why: no base on its task, no prediction file, a file whose sha256 is not the recorded one, data that is not here.
/// NotFound when `base` names no row; BadInput when it names several configurations on one task.
Result<void> compareRows(std::span<ReportRow> rows, const CompareOptions &options, const GoldSource &gold);

} // namespace clew

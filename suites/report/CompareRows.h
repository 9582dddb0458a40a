// Is the difference real? Every row against one base on the same task, paired by the rows of the split.
#pragma once

#include "runtime/base/Result.h"
#include "suites/report/ReportRow.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace clew {

/// One task's gold rows, as the official file has them.
struct GoldRows {
  Task task;
  std::vector<Row> rows;
  std::vector<RowId> skipped; ///< of rows that are not judged
  std::string sha256;         ///< of the file
};

/// The gold rows of a task's split. Called once for each.
using GoldReader = std::function<Result<GoldRows>(const std::string &task, const std::string &split)>;

/// Reads from the tasks of the installation and `taskFolders`, and the data folder `data` (--data).
GoldReader goldReader(const std::vector<std::string> &taskFolders, const std::string &data);

struct CompareOptions {
  std::string base; ///< "bert/base", "bert/base@f32" or a record's id
  BootstrapOptions bootstrap;
};

/// Sets `comparison` of every row: paired significance on the task's headline metric (suites/metrics comparePaired) between the prediction
/// files of the row's program and of the base on the same task and data, p-values adjusted across all programs of the report
/// (Benjamini-Hochberg), and the ratio of p50 where base and row were timed with the same threads, tier and machine. A row that cannot be
/// compared says why: no base on its task, no prediction file, a file whose sha256 is not the recorded one, data that is not here.
/// NotFound when `base` names no row; BadInput when it names several programs on one task.
Result<void> compareRows(std::span<ReportRow> rows, const CompareOptions &options, const GoldReader &gold);

} // namespace clew

// Records to rows: the accuracy run of a program and its timed runs become one row. Reports are made from rows alone.
#pragma once

#include "runtime/base/Result.h"
#include "suites/records/Record.h"
#include "suites/report/ReportRow.h"

#include <span>
#include <string>
#include <vector>

namespace clew {

/// A record and the folder of its file, from which its predictions' path counts.
struct SourcedRecord {
  Record record;
  std::string folder;
};

/// Rows in the order of standsBefore. Records join when model, weights, task, data, target, precision and scheme are the same; timings of
/// different threads, tiers and machines stay apart. Of two records of the same cell the later one counts. A program without any timing
/// gives one row without threads; one without an accuracy run gives rows that are marked incomplete.
/// BadInput for a record without the fields that name its cell.
Result<std::vector<ReportRow>> joinRecords(std::span<const SourcedRecord> records);

/// Sets ReportRow::classNames from the tasks that have names for their labels.
void nameClasses(std::span<ReportRow> rows, std::span<const Task> tasks);

} // namespace clew

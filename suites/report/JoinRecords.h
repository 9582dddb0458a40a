// Records to rows: the accuracy run of a configuration and its timed runs become one row. Reports are made from rows alone.
#pragma once

#include "runtime/base/Result.h"
#include "suites/data/Task.h"
#include "suites/records/Record.h"
#include "suites/report/ReportRow.h"

#include <span>
#include <string>
#include <vector>

namespace clew {

/// What `clew check` found about a record.
struct RecordStanding {
  std::string whyUnranked; ///< empty: it may stand in a leaderboard
  bool rescored = false;   ///< its score was computed again from its predictions
  bool faulty = false;     ///< something is wrong with it
  std::string signer = {}; ///< who signed it, verified; empty: nobody who is known here
};

/// Rows in the order of standsBefore. Records join when model, weights, task, data, target, precision and scheme are the same; timings of
/// different threads, tiers and machines stay apart, and each has the scores of its own machine, where there are any. Of two records of the
/// same cell the later one counts. A configuration that was not timed on a machine gives one row without threads; one without an accuracy run
/// gives rows that are marked incomplete. standings[i] belongs to records[i]; none: nobody has looked.
/// BadInput for a record without the fields that name its cell, or with a target, precision, scenario or tier that there is not.
Result<std::vector<ReportRow>> joinRecords(std::span<const SourcedRecord> records,
                                           std::span<const RecordStanding> standings = {});

/// Sets ReportRow::classNames from the tasks that have names for their labels.
void nameClasses(std::span<ReportRow> rows, std::span<const Task> tasks);

} // namespace clew

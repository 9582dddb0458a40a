// The benchmark: every cell of a plan that has no record yet is scored, timed and recorded.
#pragma once

#include "runtime/base/FunctionRef.h"
#include "suites/run/Answers.h"
#include "suites/run/CellRecord.h"

namespace clew {

/// How a cell ended.
struct CellOutcome {
  const Configuration &configuration;
  const CellKey &cell;
  bool wasThere = false;          ///< its record was there already
  std::optional<Error> error;     ///< what kept it from being measured
  std::vector<std::string> notes; ///< what was got round
};

/// What the cells of a run have in common.
struct BenchRun {
  const BenchPlan &plan;
  const BenchOptions &options;
  const BuildFacts &build;
};

/// Runs the cells in the plan's order, each under the lock of the folder options.out, so that two runs in one folder share the work and never
/// time at once. Each record is on disk before the next cell begins; a run that is killed loses the cell under way and no other. A cell
/// that fails does not keep the others from being run. `report` is called after each cell. Io when the folder cannot be written; BadInput
/// when its records.jsonl is none.
Result<void> runBench(const BenchRun &run, FunctionRef<void(const CellOutcome &)> report);

/// Opens what a configuration of a plan names. BadInput when that is not what the plan saw: files were changed meanwhile.
Result<Subject> openSubject(const BenchRun &run, const Configuration &configuration);

/// A cell and what answers it.
struct OpenCell {
  const Configuration &configuration;
  const CellKey &key;
  Subject &subject;
};

/// One cell, without writing records; `soFar` are those of the folder. Predictions go into the folder of `shelf`.
Result<Record> measureCell(const BenchRun &run, const OpenCell &cell, AnswerShelf &shelf,
                           std::span<const SourcedRecord> soFar);

std::string recordsPath(const std::string &out); ///< OUT/records.jsonl

} // namespace clew

// The benchmark: every cell of a plan that has no record yet is scored, timed and recorded.
#pragma once

#include "runtime/base/FunctionRef.h"
#include "suites/run/BenchPlan.h"
#include "suites/run/CellRecord.h"

namespace clew {

/// How a cell ended.
struct CellOutcome {
  const BenchProgram *program = nullptr;
  const BenchCell *cell = nullptr;
  bool wasThere = false;      ///< its record was there already
  std::optional<Error> error; ///< what kept it from being measured
};

/// Runs the cells in the plan's order, each under the lock of the folder options.out, so that two runs in one folder share the work and never
/// time at once. Each record is on disk before the next cell begins; a run that is killed loses the cell under way and no other. A cell
/// that fails does not keep the others from being run. `report` is called after each cell. Io when the folder cannot be written; BadInput
/// when its records.jsonl is none.
Result<void> runBench(const BenchPlan &plan, const BenchOptions &options, const BuildFacts &build,
                      FunctionRef<void(const CellOutcome &)> report);

/// Opens what a program of a plan names.
Result<Subject> openSubject(const BenchPlan &plan, const BenchProgram &program, const BenchOptions &options);

/// One cell, without looking at or writing records; predictions go into the folder options.out.
Result<Record> measureCell(const BenchPlan &plan, const BenchProgram &program, const BenchCell &cell, Subject &subject,
                           const BenchOptions &options, const Machine &machine, const BuildFacts &build);

std::string recordsPath(const std::string &out); ///< OUT/records.jsonl

} // namespace clew

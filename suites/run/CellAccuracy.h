// The accuracy run: every row exactly once with the program that is timed; its predictions in a file; the file scored.
#pragma once

#include "suites/run/BenchPlan.h"
#include "suites/run/Subject.h"

namespace clew {

struct CellAccuracy {
  std::string path;             ///< of the predictions, relative to the folder of records: predictions/ID.jsonl
  std::string sha256;           ///< of their bytes
  std::optional<Scores> scores; ///< nothing where the split has no labels
};

/// Path of the predictions of an accuracy run, relative to the folder of records.
std::string predictionsPath(const std::string &accuracyId);

/// Scores the predictions that are in the folder `out`; NotFound when there are none, BadInput when they do not answer exactly these rows.
Result<CellAccuracy> scorePredictions(const BenchProgram &program, const std::string &accuracyId,
                                      const std::string &out);

/// The same, and runs `subject` first where the file is not there or is not right. The file appears whole or not at all.
Result<CellAccuracy> accuracyOf(Subject &subject, const BenchProgram &program, const std::string &out);

} // namespace clew

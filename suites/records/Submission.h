// Submission: the file that a CLUE board takes, made from the predictions of a record of a test split.
#pragma once

#include "suites/data/Task.h"
#include "suites/records/Record.h"

namespace clew {

struct Submission {
  std::string name; ///< official file name, e.g. tnews11_predict.json
  std::string text; ///< the file
  int64_t rows = 0;
  std::vector<std::string> notes; ///< what the person who submits should know
};

/// From a record, whose predictions lie where it says, inside its folder. BadInput when the record is not of the split test, its task has no
/// board, or the predictions or the test file are not those that it was made with (by sha256), or do not have every id once.
Result<Submission> makeSubmission(const SourcedRecord &sourced, const TaskSet &tasks, const std::string &dataFolder);

} // namespace clew

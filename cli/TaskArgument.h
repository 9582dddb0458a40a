// TASK, --tasks, --data: how commands find tasks and rows, and what they tell people about them.
#pragma once

#include "suites/data/Dataset.h"

namespace clew {

/// The tasks of the installation and of `folders` (--tasks). A file that is wrong is a note to stderr; its task alone is not there.
Result<TaskSet> openTasks(const std::vector<std::string> &folders);

/// What people must know of the rows, to stderr.
void printNotes(const Dataset &data);

} // namespace clew

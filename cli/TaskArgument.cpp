// Opens the tasks, and says what was met on the way.
#include "cli/TaskArgument.h"

#include "cli/Output.h"

namespace clew {

Result<TaskSet> openTasks(const std::vector<std::string> &folders) {
  Result<TaskSet> tasks = TaskSet::open(folders);
  if (tasks) {
    for (const Error &error : tasks->errors()) {
      say("note: {}: {}; the task of this file is left out\n", error.where, error.message);
    }
  }
  return tasks;
}

void printNotes(const Dataset &data) {
  for (const std::string &note : data.notes) {
    say("note: {}: {}\n", data.path, note);
  }
}

} // namespace clew

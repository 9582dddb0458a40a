// See ResultsFindings.h.
#include "cli/ResultsFindings.h"

#include "cli/ModelArgument.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/RecordGold.h"
#include "cli/RunProgram.h"
#include "runtime/base/OutputPlace.h"

#include <CLI/CLI.hpp>

#include <ctime>

namespace clew {

void addSourceOptions(CLI::App &command, ResultsSource &source) {
  addTasksOption(command, source.tasks);
  addZooOption(command, source.zoo);
  addDataOption(command, source.data);
  command.add_option("--signers", source.signers, "Whose keys are known; the folder's own file signers if not given");
}

Result<std::vector<ResultsFolder>> openResultsAt(const std::vector<std::string> &paths) {
  std::vector<ResultsFolder> folders;
  for (const std::string &path : paths) {
    Result<ResultsFolder> folder = openResults(path);
    if (!folder) {
      return fail(folder);
    }
    folders.push_back(std::move(*folder));
  }
  return folders;
}

Result<ResultsFindings> findingsAt(const ResultsSource &source) {
  const Result<std::vector<ResultsFolder>> folders = openResultsAt(source.paths);
  if (!folders) {
    return fail(folders);
  }
  const Progress progress("checking records");
  RecordChecker checker(recordGold(source.tasks, source.data, source.zoo), std::time(nullptr), usableCores());
  return checkResults(*folders, checker, source.signers);
}

Result<ResultsFindings> publishableAt(const ResultsSource &source, const std::string &out) {
  Result<ResultsFindings> found = findingsAt(source);
  if (!found) {
    return found;
  }
  for (const std::string &file : found->files) {
    if (Result<void> apart = refuseReplacing(out, file, "that of the records"); !apart) {
      return fail(apart);
    }
  }
  for (const Error &error : found->errors) {
    say("left out: {}\n", error.render());
  }
  return found;
}

} // namespace clew

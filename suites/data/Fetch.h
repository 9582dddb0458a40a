// Fetch: gets a task's files from their public homes, and tells what of a task is on this machine.
#pragma once

#include "suites/data/Dataset.h"
#include "suites/data/Download.h"

#include <optional>

namespace clew {

/// How a split's file on this machine stands to the official one.
enum class FileState {
  Missing,
  Official, ///< its sha256 is the task's
  Other,    ///< there, but not the official bytes
  Unpinned, ///< there; the task states no sha256
};
std::string_view nameOf(FileState state); ///< missing, official, other, unpinned

struct SplitFile {
  const TaskSplit *split = nullptr; ///< of the task, which must outlive it
  const TaskFile *file = nullptr;   ///< the one that is there, else the first that is accepted
  std::string path;
  FileState state = FileState::Missing;
  std::string fetchedFrom;        ///< fetch: the URL that served it just now; empty: nothing was fetched
  std::optional<Error> error;     ///< why it cannot be fetched, hashed or (check) read
  std::optional<Dataset> dataset; ///< check: what was read
};

/// Looks at every split's file and hashes it.
std::vector<SplitFile> inspectTask(const Task &task, const std::string &dataFolder);

/// The same, and reads every file in full; the number of rows is held against the task's.
std::vector<SplitFile> checkTask(const Task &task, const std::string &dataFolder);

/// Fetches the files that are missing, each from the first of its URLs that serves it, and verifies its sha256 before it gets its name. Files
/// that are there stay as they are. Downloads that were cut short are resumed by the next call.
std::vector<SplitFile> fetchTask(const Task &task, const std::string &dataFolder, const DownloadOptions &options);

} // namespace clew

// Gold: what predictions of a task's split are held against, where its data is.
#pragma once

#include "suites/data/Dataset.h"
#include "suites/metrics/Score.h"

#include <functional>
#include <string>
#include <vector>

namespace clew {

/// Where tasks and their rows are found. Tests replace both.
struct GoldSource {
  std::function<Result<Task>(const std::string &name)> findTask;                       ///< NotFound: not known here
  std::function<Result<Dataset>(const Task &task, const std::string &split)> readRows; ///< NotFound: not here
};

/// The tasks of the installation and of `taskFolders`, and the data folder `data` (--data). Tasks are read once.
GoldSource goldSource(const std::vector<std::string> &taskFolders, const std::string &data);

/// Reads the text of a file of predictions, matches it with the rows (each answered once) and scores it; no scores for a split without
/// labels. `path` is for messages. This is where every score of a record comes from.
Result<std::optional<Scores>> judge(const Task &task, const Dataset &data, std::string_view text,
                                    const std::string &path, int threads);

} // namespace clew

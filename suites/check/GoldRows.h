// Gold: what records are held against: tasks, the rows of their splits where the data is, models.
#pragma once

#include "suites/data/Dataset.h"
#include "suites/metrics/Score.h"

#include <functional>
#include <string>
#include <vector>

namespace clew {

/// What a model is by its definition here, with the head of a task.
struct ModelFacts {
  std::string sha256; ///< as a record's model_sha256
  int64_t parameters = 0;
  double operationsPerToken = 0; ///< floating-point operations of one more token, a multiply-add being two
};

/// Where tasks, their rows and models are found. Tests replace them.
struct GoldSource {
  std::function<Result<Task>(const std::string &name)> findTask;                       ///< NotFound: not known here
  std::function<Result<Dataset>(const Task &task, const std::string &split)> readRows; ///< NotFound: not here
  /// Empty: nobody asks of models. NotFound: not known here.
  std::function<Result<ModelFacts>(const std::string &model, const Task &task)> findModel = {};
};

/// The tasks of the installation and of `taskFolders`, and the data folder `data` (--data). Tasks are read once.
GoldSource goldSource(const std::vector<std::string> &taskFolders, const std::string &data);

/// Reads the text of a file of predictions, matches it with the rows (each answered once) and scores it; no scores for a split without
/// labels. `path` is for messages. This is where every score of a record comes from.
Result<std::optional<Scores>> judge(const Task &task, const Dataset &data, std::string_view text,
                                    const std::string &path, int threads);

} // namespace clew

// See GoldRows.h.
#include "suites/check/GoldRows.h"

#include "suites/metrics/Prediction.h"

#include <memory>

namespace clew {

GoldSource goldSource(const std::vector<std::string> &taskFolders, const std::string &data) {
  const auto tasks = std::make_shared<const Result<TaskSet>>(TaskSet::open(taskFolders));
  return {[tasks](const std::string &name) { return *tasks ? (*tasks)->find(name) : fail(*tasks); },
          [data](const Task &task, const std::string &split) {
            const Result<std::string> folder = dataFolder(data);
            return folder ? readSplit(task, split, *folder) : fail(folder);
          },
          {}};
}

Result<std::optional<Scores>> judge(const Task &task, const Dataset &data, std::string_view text,
                                    const std::string &path, int threads) {
  Result<std::vector<Prediction>> read = parsePredictions(task, text, path);
  const Result<MatchedPredictions> matched =
      read ? matchPredictions(task, data.rows, data.skipped, std::move(*read), path) : fail(read);
  if (!matched) {
    return fail(matched);
  }
  if (!data.labelled) {
    return std::optional<Scores>();
  }
  BootstrapOptions options;
  options.threads = threads;
  Result<Scores> scores = score(task, data.rows, matched->predictions, options);
  return scores ? Result<std::optional<Scores>>(std::move(*scores)) : fail(scores);
}

} // namespace clew

// The accuracy run: every row exactly once with the configuration that is timed; its predictions in a file; the file scored. Once a
// configuration, whatever number of cells it has.
#pragma once

#include "suites/metrics/Score.h"
#include "suites/run/BenchPlan.h"
#include "suites/run/Subject.h"

#include <map>

namespace clew {

/// What a configuration answered.
struct ConfigurationAnswers {
  std::string path;             ///< of the predictions, relative to the folder of records
  std::string sha256;           ///< of their bytes
  std::optional<Scores> scores; ///< nothing where the split has no labels

  /// The score by the task's headline metric.
  std::optional<Interval> headline(const Task &task) const;
};

/// Answers of configurations, as files in a folder. They are named by their own sha256, so that the files of several folders can be put together
/// into one. Used by one thread.
class AnswerShelf {
public:
  /// `out` is the folder of the records.
  explicit AnswerShelf(std::string out) : out(std::move(out)) {}

  /// The answers of the configuration `configurationId`, which has `configuration`'s rows: those known already, else those that one of
  /// the records so far names, where the file is there and has the recorded sha256. Null when there are none; what is wrong with a file is noted.
  const ConfigurationAnswers *find(const Configuration &configuration, const std::string &configurationId,
                                   std::span<const SourcedRecord> soFar);

  /// Runs `subject` over all rows and keeps what it says. The file appears whole or not at all.
  Result<const ConfigurationAnswers *> make(const Configuration &configuration, Subject &subject);

  /// What was found wrong and got round since the last call, in words.
  std::vector<std::string> takeNotes() { return std::exchange(notes, {}); }

private:
  Result<ConfigurationAnswers> read(const Configuration &configuration, const SourcedRecord &sourced) const;

  std::string out;
  std::map<std::string, ConfigurationAnswers> known; ///< by configurationId
  std::vector<std::string> notes;
};

} // namespace clew

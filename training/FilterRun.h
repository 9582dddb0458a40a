// FilterRun: teacher-filtered augmentation over files of any size: a share of their lines through a TeacherFilter, in constant memory, kept in
// a folder so that it can be killed and gone on with. Shares of one run, one after the other, are the bytes of the whole.
#pragma once

#include "suites/run/Shard.h"
#include "training/KeptFile.h"
#include "training/LineFiles.h"
#include "training/TeacherFilter.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace clew {

struct FilterOptions {
  std::string out; ///< folder: kept.jsonl, augment.json
  std::vector<std::string> texts;
  FilterRules rules;
  std::vector<std::string> avoid; ///< splits of the task; empty: all
  std::string judgeBy = "dev";    ///< the split on which the teacher must beat the majority
  std::string dataFolder;
  Shard shard; ///< of the lines, in pieces that are answered together
  int threads = 1;
  double saveEvery = 10; ///< seconds
};

class FilterRun {
public:
  /// Reads what is to be avoided, looks at the teacher and surveys the texts, or goes on with the folder's run. Waits while another process
  /// works in the folder. BadInput if the folder has another run, naming what differs; if the teacher's score is not above the majority's; if a
  /// file of the run is among the texts.
  static Result<std::unique_ptr<FilterRun>> open(Subject &teacher, const Model &model, const FilterOptions &options);
  ~FilterRun();

  const std::vector<std::string> &notes() const;
  int64_t linesOfShare() const; ///< of this process
  int64_t linesDone() const;
  const FilterCounts &counts() const;
  std::string keptPath() const;

  /// To the end; `onLines` hears of each piece how many lines it was. Writes augment.json with what was kept, and from what, by hashes.
  Result<void> run(const std::function<void(int64_t)> &onLines);

private:
  struct Impl;
  explicit FilterRun(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace clew

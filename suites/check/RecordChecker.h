// RecordChecker: whether what a record states is so, as far as files tell. No weights are needed and nothing is run: that is `clew verify`.
#pragma once

#include "suites/check/GoldRows.h"
#include "suites/records/PredictionFile.h"

#include <map>
#include <span>

namespace clew {

/// What is known of a record after looking.
struct CheckedRecord {
  std::vector<std::string> faults;    ///< what is wrong, each as "/field: expected ..., found ..."
  std::vector<std::string> unchecked; ///< what could not be looked at, and why; in words that many records may share
  bool rescored = false;              ///< its predictions were scored again, and its scores are theirs
  bool official =
      false; ///< its data is a file whose sha256 the task states, and its task is the one that is known here

  bool right() const { return faults.empty(); }
  /// Why it may not stand in a leaderboard; empty: it may. A leaderboard takes what is right, of the present schema, what is never banned from
  /// it (suites/records/Flags.h neverRanked), and whose scores were computed again or are of the official file.
  std::string whyUnranked(const Record &record) const;
};

/// Reads each task, each split and each file of predictions once. Used by one thread.
class RecordChecker {
public:
  /// `now` is the time in seconds since 1970; `threads` score.
  RecordChecker(GoldSource gold, int64_t now, int threads) : gold(std::move(gold)), now(now), threads(threads) {}

  /// Looks at
  ///   - the record by itself: Record::faults;
  ///   - its task, where it is known: the same definition and then the same version, its split, and whether data_sha256 is the official
  ///     file's, as it claims;
  ///   - its model, where that is known and the same: its parameters, and whether anything could have been so fast or so small
  ///     (Plausibility.h);
  ///   - its predictions: inside the folder, the recorded bytes, a line for each of its rows;
  ///   - its scores, where task and data are here: each row answered once, and metrics, intervals and classes scored again;
  CheckedRecord check(const SourcedRecord &sourced);

  /// The same of records that belong together; also whether the f32 score that a gate was held against is that of the f32 record, where
  /// it is among them. result[i] belongs to records[i].
  std::vector<CheckedRecord> checkAll(std::span<const SourcedRecord> records);

private:
  const Result<Task> &taskOf(const Record &record);
  const Result<Dataset> &rowsOf(const Record &record, const Task &task);
  /// Scores of a file of predictions.
  const Result<std::optional<Scores>> &judged(const Record &record, const PredictionText &predictions);
  const Result<ModelFacts> &modelOf(const Record &record, const Task &task);
  void checkTask(const Record &record, CheckedRecord &checked);
  void checkModel(const Record &record, CheckedRecord &checked);
  /// Whether the record's task is the one that is known here.
  bool sameTask(const Record &record, const Task &task, CheckedRecord &checked) const;
  void checkPredictions(const SourcedRecord &sourced, CheckedRecord &checked);
  void rescore(const Record &record, const PredictionText &predictions, CheckedRecord &checked);
  /// The headline score of a configuration in f32, and when it was measured.
  struct F32Score {
    double value = 0;
    std::string finished;
  };
  void checkGate(const Record &record, const std::map<std::string, F32Score> &f32Scores, CheckedRecord &checked) const;

  GoldSource gold;
  int64_t now;
  int threads;
  std::map<std::string, Result<Task>> tasks;
  std::map<std::string, Result<Dataset>> rows;
  std::map<std::string, Result<ModelFacts>> models;
  std::map<std::string, Result<std::optional<Scores>>> judgements;
};

} // namespace clew

// ReportRow: what the records say about one configuration (a model with weights, compiled for a target at a precision) on one task, with one
// number of threads, in one tier, on one machine. Scores and timings are measured in separate records; reports show them side by side.
#pragma once

#include "suites/metrics/Score.h"
#include "suites/records/Cell.h"
#include "suites/records/Times.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace clew {

/// One point of the fixed grid of lengths.
struct LengthPoint {
  int64_t tokens = 0;
  Percentiles text;  ///< text to label
  Percentiles model; ///< the model alone
};

/// How a row differs from the base of `clew report --compare`.
struct RowComparison {
  bool isBase = false;
  std::optional<PairedTest> test;  ///< row - base
  std::optional<double> adjustedP; ///< Benjamini-Hochberg over all tests of the report
  std::optional<double> speed;     ///< base's p50 / row's p50, text to label: 2 is twice as fast
  std::string whyNot;              ///< why there is no test
};

/// What a lower precision keeps of the f32 score (headline).
struct PrecisionGate {
  std::optional<double> share; ///< score / f32 score
  bool kept99 = false;
  bool kept999 = false;
};

struct ReportRow {
  std::string model; ///< architecture/size
  std::string modelSha256;
  std::string weightsSha256; ///< "random:SEED" for random ones
  std::string task;
  std::string taskVersion;
  std::string split;
  std::string dataSha256;
  std::string taskSha256;
  Target target = Target::Cpu;
  Precision precision = Precision::F32;
  std::string scheme;    ///< how the precision is reached
  std::string execution; ///< the record's switches, as JSON
  std::string vocabularySha256;
  std::string tokenizerSha256;
  bool deterministic = false;
  bool dataOfficial = false; ///< the data's sha256 is the one that the task states
  int64_t threads = 0;       ///< 0: no timing
  std::optional<Tier> tier;  ///< of the timing; nothing: no timing
  Machine machine;
  std::string machineId; ///< Machine::identity(): rows that differ in it were measured on different machines

  int64_t parameters = 0;
  int64_t rows = 0; ///< of the split
  std::vector<std::pair<std::string, Interval>> metrics;
  std::vector<std::pair<std::string, ClassScore>> perClass;
  std::map<std::string, std::string> classNames; ///< what people call a class, where its label is a code
  std::optional<PrecisionGate> gate;             ///< absent for f32, without an f32 score, and on random weights
  std::string predictions;                       ///< path beside `recordFolder`; empty: none recorded
  std::string predictionsSha256;                 ///< of the file
  std::string recordFolder;                      ///< where the record with the scores was read

  bool timed = false;     ///< there is a single-stream run
  Percentiles latency;    ///< text to label
  Percentiles modelOnly;  ///< the model alone
  int64_t queries = 0;    ///< of the single-stream run
  double rowsPerS = 0;    ///< offline; 0: not measured
  double tokensPerS = 0;  ///< offline; 0: not measured
  double serverPerS = 0;  ///< highest Poisson rate whose p99 stays within the bound; 0: none, or not measured
  double serverBound = 0; ///< milliseconds; 0: not measured
  int64_t peakMemory = 0; ///< bytes; 0: not measured
  double joulesPerRow =
      0; ///< of all counters together, one query after the other or, without that, offline; 0: not measured
  std::optional<ColdStart> coldStart;
  std::vector<LengthPoint> lengths; ///< by tokens

  std::vector<std::string> flags;       ///< as recorded, each once
  std::vector<std::string> ids;         ///< of the records
  std::vector<std::string> boards;      ///< that asked for them, by name
  std::vector<std::string> commits;     ///< with "+" if the sources differed from the commit
  std::map<std::string, int64_t> seeds; ///< by what they are of
  std::map<std::string, std::string> versions;
  std::string started; ///< the earliest, as recorded
  std::string finished;

  std::vector<std::string> unranked; ///< why its records may stand in no leaderboard, as `clew check` finds it
  bool faulty = false;               ///< something is wrong with one of them
  std::vector<std::string>
      signers;                 ///< who signed its records, where the signature was verified; empty: not all are signed
  bool scoreUnchecked = false; ///< nobody has computed the score again from the predictions: the data is not here

  bool pareto = false; ///< on the front of headline score against p50, text to label (suites/report/Pareto.h)
  std::optional<RowComparison> comparison;

  bool randomWeights() const { return weightsSha256.starts_with("random:"); }
  bool sampleData() const { return task.starts_with("sample-"); }
  bool complete() const { return !metrics.empty(); }
  /// Whether there is an accuracy run of the same configuration; its split may be without labels, and then without scores.
  bool judged() const { return complete() || !predictions.empty(); }
  /// May stand in a leaderboard.
  bool ranked() const { return complete() && !randomWeights() && !sampleData() && unranked.empty(); }
  std::string name() const { return model + "@" + std::string(nameOf(precision)); }
  /// Model, weights, precision and target: what gave the predictions. Rows of one configuration differ in how they were timed.
  std::string configuration() const;
  /// What is to be known before the numbers are read: "random weights", "incomplete", "no labels", "not official", "sample data", "other data",
  /// "below 99 % of f32", "does not check", "score not computed again here", then the flags.
  std::vector<std::string> marks() const;
  /// Flags that say more than the other fields do.
  std::vector<std::string> furtherFlags() const;
};

/// A row's place among rows: by task, then random weights last, headline score (best first), p50, name, threads, tier, machine.
bool standsBefore(const ReportRow &a, const ReportRow &b);

} // namespace clew

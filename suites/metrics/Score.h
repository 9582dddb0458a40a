// Scores: a task's metrics over predictions, with 95 % bootstrap intervals; and whether two systems differ.
#pragma once

#include "suites/metrics/Prediction.h"

#include <map>
#include <nlohmann/json_fwd.hpp>

namespace clew {

/// In per cent, correlations too (-100 to 100). `lo` and `hi` bound the central 95 % of the percentile bootstrap over rows (Efron and Tibshirani 1993, ch. 13).
struct Interval {
  double value = 0;
  double lo = 0;
  double hi = 0;
};

struct ClassScore {
  double precision = 0; ///< per cent
  double recall = 0;
  double f1 = 0;
  int64_t support = 0; ///< gold rows or entities of the class
};

struct Scores {
  int64_t rows = 0;
  std::vector<std::pair<std::string, Interval>> metrics;    ///< the task's headline first
  std::vector<std::pair<std::string, ClassScore>> perClass; ///< in the task's order; span: empty
};

struct BootstrapOptions {
  int resamples = 1000;
  uint64_t seed = 1; ///< of mt19937_64: which rows each resample takes
  int threads = 1;   ///< the result does not depend on it
};

/// Metrics by kind (docs/metrics.md): one label `accuracy`, `macro_f1`, `micro_f1`, and on demand `matthews` and `f1` (of the second of two
/// labels); tag `entity_f1` (micro, exact span and type) and `clue_macro_f1` (CLUENER's script: sets of (type, surface) a sentence, F1 a
/// class, their mean); span `em`, `f1` (CMRC2018's script); regression `pearson`, `spearman`; choices `accuracy`; several labels `micro_f1`,
/// `macro_f1`, `accuracy`.
/// `predictions` are in the order of `rows` (matchPredictions). BadInput if the rows have no labels.
Result<Scores> score(const Task &task, std::span<const Row> rows, std::span<const Prediction> predictions,
                     const BootstrapOptions &options = {});

/// {task, split, rows, metrics, per_class} as `clew score --json` prints.
nlohmann::ordered_json toJson(const Task &task, const std::string &split, const Scores &scores);

/// B against A on the same rows.
struct PairedTest {
  std::string metric;
  double difference = 0; ///< B - A, per cent points
  double lo = 0;         ///< 95 % paired bootstrap
  double hi = 0;
  double p = 1;     ///< two-sided: exact McNemar (McNemar 1947) where each row is right or wrong, else paired bootstrap
  std::string test; ///< "mcnemar" or "paired bootstrap"
};
/// For the task's headline metric.
Result<PairedTest> comparePaired(const Task &task, std::span<const Row> rows, std::span<const Prediction> a,
                                 std::span<const Prediction> b, const BootstrapOptions &options = {});

/// Benjamini-Hochberg (1995): p-values adjusted for a false discovery rate across a table, in the order given.
std::vector<double> adjustedForDiscoveries(std::span<const double> p);

} // namespace clew

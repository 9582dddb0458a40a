// Claims: what others say that a model scores, from the result files of other harnesses. They are shown beside our records and never ranked:
// there are no predictions from which anybody here could compute them again.
#pragma once

#include "runtime/base/Result.h"

#include <optional>
#include <string>
#include <vector>

namespace clew {

struct Claim {
  std::string model;
  std::string task;   ///< as that harness calls it
  std::string split;  ///< empty: the file does not say
  std::string metric; ///< as that harness calls it, filters and subsets included
  double value = 0;   ///< as it stands there: a share, per cent or anything else
  std::optional<double> standardError;
  std::string harness; ///< with its version, where the file says it
  std::string file;
  std::string sha256; ///< of the file
};

/// Claims of one file, in its order. Its name says what it is:
///   .json       lm-evaluation-harness ("results" by task, numbers under "METRIC,FILTER") or MTEB (a TaskResult: "task_name", "scores" by split;
///               the model is the folder's, MODEL/REVISION/TASK.json);
///   .md         a model card of the Hub: the `model-index` of the YAML between its first two lines of ---;
///   .yaml .yml  one of a repository's .eval_results: a list of {dataset: {id, task_id}, value}; the model is the repository's folder;
///   .csv        what `clew results export --format csv` writes: the headline's score of each record that has one.
/// BadInput for anything else, for files without a score, and for more than 100,000.
Result<std::vector<Claim>> readClaims(const std::string &path);

} // namespace clew

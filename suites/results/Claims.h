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

/// Claims of one file, in its order: lm-evaluation-harness ("results" by task, numbers under "METRIC,FILTER") or MTEB (a TaskResult: "task_name",
/// "scores" by split; the model is the folder's, MODEL/REVISION/TASK.json). BadInput for anything else, and for more than 100,000.
Result<std::vector<Claim>> readClaims(const std::string &path);

} // namespace clew

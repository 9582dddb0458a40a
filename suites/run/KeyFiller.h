// KeyFiller: what the files of a configuration say: where its weights are, and by which hashes its records name model, weights, data and
// tokenizer.
#pragma once

#include "runtime/base/Result.h"
#include "suites/run/BenchPlan.h"

#include <map>
#include <string>

namespace clew {

/// For the configurations of one plan, which must outlive this with its options. Files that several of them share are hashed once.
class KeyFiller {
public:
  KeyFiller(const BenchPlan &plan, const BenchOptions &options) : plan(plan), options(options) {}

  /// Sets `weights`; false when there are none and none may be drawn (then it is where they were looked for).
  bool findWeights(Configuration &configuration) const;

  /// Sets `longest`, and everything of the key that the configuration fixes but target, its environment, precision and threads. A text when something is
  /// not there; an error when something is broken.
  Result<std::string> fillKey(Configuration &configuration);

private:
  const BenchPlan &plan;
  const BenchOptions &options;
  std::map<std::string, std::string> hashes; ///< of weights
};

} // namespace clew

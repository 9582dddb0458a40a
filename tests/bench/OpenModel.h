// From a model's name to a Session that can be timed: what the door of the peers and the model benchmarks begin with.
#pragma once

#include "compiler/Compile.h"
#include "runtime/session/Session.h"

#include <string>

namespace clew {

struct OpenOptions {
  CompileOptions compile;
  std::string weights; ///< file or folder; empty: random ones of `seed`
  uint64_t seed = 0;
  int threads = 1;
};

/// Compiles the model and joins it with weights. Errors as compileModel, loadWeights and Executable::create.
Result<Session> openModel(const Model &model, const OpenOptions &options);

} // namespace clew

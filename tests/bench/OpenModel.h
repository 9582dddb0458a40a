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

/// The model of an ONNX file with its own weights, on packed batches: `options.weights` is not looked at. Errors as openOnnx, those of
/// recognition (compiler/OnnxGraph.h) and the others'.
Result<Session> openOnnxModel(const std::string &path, const OpenOptions &options);

/// Compiles the model and joins it with weights. Errors as compileModel, loadWeights and Executable::create.
Result<Session> openModel(const Model &model, const OpenOptions &options);

} // namespace clew

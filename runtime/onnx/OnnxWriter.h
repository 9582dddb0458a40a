// OnnxWriter: an onnx::Model and its weights as a file. Weights are streamed into it one at a time, since together they may be larger than
// the memory; and because a message of protocol buffers ends at 2 GB, those of a larger model go into a file beside it (docs/ExternalData.md of
// github.com/onnx/onnx). We write the encoding ourselves: the library needs every message whole in memory, and ten messages do not need it.
#pragma once

#include "runtime/base/FunctionRef.h"
#include "runtime/base/Result.h"
#include "runtime/onnx/OnnxModel.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace clew::onnx {

/// Takes a weight's numbers, in any pieces.
using NumberSink = FunctionRef<Result<void>(std::span<const float>)>;

/// An f32 initializer of the graph, wherever its numbers come from.
struct Weight {
  std::string name;
  std::vector<int64_t> dims;
  /// Hands over the numbers, row-major, as many as `dims` say.
  std::function<Result<void>(NumberSink)> produce;
};

/// What was written.
struct WrittenModel {
  uint64_t bytes = 0;   ///< of the model's own file
  std::string dataFile; ///< the file of the weights; empty: they are in the model's
  uint64_t dataBytes = 0;
};

/// The file that takes the weights of a model at `path` if they go beside it.
std::string dataFileOf(const std::string &path);

/// Writes the model, the weights as initializers behind its own. They go into dataFileOf(path) if `beside`, or where the file would have 2 GB
/// or more. Files appear whole or not at all, the weights' first. BadInput where weights must go beside `path` and it is a link or no regular
/// file, since readers look for them in its folder; Internal if a weight gives another number of elements than it says; Io as AtomicFile.
Result<WrittenModel> writeModel(const std::string &path, const Model &model, std::span<const Weight> weights,
                                bool beside);

} // namespace clew::onnx

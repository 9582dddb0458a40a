// ExportedGraph: a model as a graph of ONNX, and which of the model's parameters its weights are made of. Without MLIR, so that commands can
// hold one.
#pragma once

#include "runtime/onnx/OnnxModel.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace clew {

/// Makes what the file holds of a parameter's values, row-major both: `out` comes empty.
using Arrangement = std::function<void(std::span<const float> values, std::vector<float> &out)>;

/// An initializer of the graph whose numbers come with the weights.
struct ExportedWeight {
  std::string name;
  std::vector<int64_t> dims;
  std::string parameter;
  Arrangement arrange; ///< none: the parameter's values as they are
};

struct ExportedGraph {
  onnx::Graph graph;
  std::vector<ExportedWeight> weights;
};

} // namespace clew

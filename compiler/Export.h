// Export: a Model as a graph that others run. Compile.h's neighbour: a graph of nn in, ONNX out instead of a Program.
#pragma once

#include "compiler/onnx/ExportedGraph.h"
#include "runtime/base/Result.h"
#include "zoo/Model.h"

#include <span>
#include <string>

namespace clew {

/// The graph of `outputs` in ONNX with padded inputs (docs/onnx.md), without the numbers of its weights. Errors carry the position in the
/// model's YAML: Unsupported for what has no form in ONNX, else those of the import.
Result<ExportedGraph> exportModel(const Model &model, std::span<const std::string> outputs);

} // namespace clew

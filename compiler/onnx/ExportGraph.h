// ExportGraph: a graph of nn as a graph of ONNX (opset 17) with padded inputs. docs/onnx.md says what users see of it.
#pragma once

#include "compiler/onnx/ExportedGraph.h"
#include "runtime/base/Result.h"

#include "mlir/IR/BuiltinOps.h"

namespace clew::compiler {

/// The function @main of a module as importModel makes it. Unsupported, with the place in the YAML, for an op that has no rule
/// (ExportRules.h) and what a rule declines.
Result<ExportedGraph> exportGraph(mlir::ModuleOp module);

} // namespace clew::compiler

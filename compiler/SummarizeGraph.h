// What a graph of nn is made of, for people.
#pragma once

#include "compiler/Compile.h"

#include "mlir/IR/BuiltinOps.h"

namespace clew::compiler {

/// Parameters, operations for one sequence of `tokens` tokens, and the ops of @main with their shapes.
ModelSummary summarizeGraph(mlir::ModuleOp module, int64_t tokens);

} // namespace clew::compiler

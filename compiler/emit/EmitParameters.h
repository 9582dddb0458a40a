// What every target's Program takes from the module alone: the parameter table, the checkpoint's names, the limits of a batch, and
// how rows are counted.
#pragma once

#include "compiler/nn/RowExtent.h"
#include "runtime/program/Program.h"

#include "mlir/IR/BuiltinOps.h"

#include <optional>

namespace clew::compiler {

/// Appends the module's nn.parameters in order to `program.parameters`, and sets the limits and names that the import left on the
/// module as attributes (compiler/nn/NN.h).
void emitParameters(mlir::ModuleOp module, Program &program);

/// Dynamic rows as a Program counts them; nothing for fixed ones, whose number a type says.
std::optional<Extent> extentOf(nn::RowExtent rows);

} // namespace clew::compiler

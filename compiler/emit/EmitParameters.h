// What every target's Program takes from the module alone: the parameter table, the checkpoint's names and the limits of a batch.
#pragma once

#include "runtime/program/Program.h"

#include "mlir/IR/BuiltinOps.h"

namespace clew::compiler {

/// Appends the module's nn.parameters in order to `program.parameters`, and sets the limits and names that the import left on the
/// module as attributes (compiler/nn/NN.h).
void emitParameters(mlir::ModuleOp module, Program &program);

/// "file:line:column" of the first position inside a location, or "".
std::string whereOf(mlir::Location location);

} // namespace clew::compiler

// What every target's Program takes from the module alone: the table of parameters, and the model's name.
#pragma once

#include "runtime/program/Program.h"

#include "mlir/IR/BuiltinOps.h"

namespace clew::compiler {

/// Appends the module's nn.parameters in order to `program.parameters`, and sets the name that the import left on the module.
void emitParameters(mlir::ModuleOp module, Program &program);

} // namespace clew::compiler

// The parameter table of a Program, from the nn.parameter symbols of a module; the same for every target.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"

#include "mlir/IR/BuiltinOps.h"

namespace clew::compiler {

/// Appends the module's parameters in order to `program.parameters`.
Result<void> emitParameters(mlir::ModuleOp module, Program &program);

/// "file:line:column" of the first position inside a location, or "".
std::string whereOf(mlir::Location location);

} // namespace clew::compiler

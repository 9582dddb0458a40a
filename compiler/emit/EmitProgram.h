// The end of the kernel pipeline: planned kernel ops -> Program.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"

#include "mlir/IR/BuiltinOps.h"

namespace clew::compiler {

/// Fills parameters, constants, buffers, steps and outputs of a Program for the cpu target from a module on which the pipeline up to
/// clew-generate has run. Does not set `code`, model, target, precision and limits. Errors: Internal when the module is not in that form.
Result<Program> emitProgram(mlir::ModuleOp module);

} // namespace clew::compiler

// The end of the ref pipeline: each nn op of a graph becomes one RefOp, so that a Program says exactly what the model means.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"

#include "mlir/IR/BuiltinOps.h"

namespace clew::compiler {

/// A Program for the ref target from a module on which passes 1 to 4 have run, or none: operands, results and attributes as
/// runtime/ref/RefOps.h writes them, a step an op, results without a use left out. Parameters are read as Plain constants; ops that read
/// only parameters run with every batch, like the others. Does not set precision and scheme. Errors: Internal for a module without graph
/// function, an op of another dialect, or an output that no op computes.
Result<Program> emitRef(mlir::ModuleOp module);

/// The same of a graph that clew-differentiate has run on: parameters are states and so are their gradients, to which what nn.accumulate
/// names is added.
Result<Program> emitTraining(mlir::ModuleOp module);

} // namespace clew::compiler

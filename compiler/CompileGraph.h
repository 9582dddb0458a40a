// The compiler behind its front door: from a module of nn ops on. Tests and tools that have a graph and no YAML start here.
#pragma once

#include "compiler/Compile.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"

namespace clew::compiler {

/// The dialects that compileGraph needs in the module's context.
void registerCompilerDialects(mlir::DialectRegistry &registry);

/// Compiles the function @main of a module as importModel makes it; the module is used up. `options.outputs` is not looked at: the
/// function's results are the outputs.
Result<Program> compileGraph(mlir::ModuleOp module, const CompileOptions &options);

/// The same of a graph with an output "loss", for training: a Program of RefOps that adds the gradients of its parameters to states. Dropout
/// drops. `options.precision` must be f32 (Unsupported otherwise).
Result<Program> compileTrainingGraph(mlir::ModuleOp module, const CompileOptions &options);

/// The module as text at a stage (see emitStage); the module is used up.
Result<std::string> printGraph(mlir::ModuleOp module, const CompileOptions &options, std::string_view stage);

} // namespace clew::compiler

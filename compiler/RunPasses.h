// Running a pipeline, with the first diagnostic as the error.
#pragma once

#include "runtime/base/Result.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

namespace clew::compiler {

/// Builds a pipeline and runs it. Unsupported, with its place in the YAML, for what a pass complains of first; Internal if it fails without
/// a word.
Result<void> runPasses(mlir::ModuleOp module, llvm::function_ref<void(mlir::OpPassManager &)> build);

} // namespace clew::compiler

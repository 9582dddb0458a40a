// ElementLoops: how element-wise ops are computed on vectors. A table, so that an op is added in one place.
#pragma once

#include "compiler/kernel/generate/LoopBuilder.h"

#include "mlir/IR/OperationSupport.h"

namespace clew::compiler {

/// Some neighbouring elements of the result from the same elements of the operands: f32 vectors of as many lanes.
using ElementLoop = Expr (*)(LoopBuilder &b, llvm::ArrayRef<Expr> operands, int64_t lanes);

/// The loop of the element-wise op of that name, or null.
ElementLoop elementLoop(mlir::OperationName name);

} // namespace clew::compiler

// Generates the loop of a kernel.rows op: one row at a time, its columns in vectors.
//
// Element-wise ops are expressions that are evaluated where they are stored. An op that needs a whole row first (layer_norm, softmax,
// quantize, concat) cuts the row's work into passes; what it reads is kept in the row's result or in scratch meanwhile, which is in L1.
#pragma once

#include "compiler/kernel/Kernel.h"
#include "compiler/kernel/generate/LoopBuilder.h"
#include "runtime/program/Program.h"

namespace clew::compiler {

/// Appends the kernel `symbol` for `rows`. Operands: those of the op, then its results; begin..end are rows. Fails with a diagnostic at
/// an op for which no loop is written. `scratch` gets the bytes that a thread needs.
llvm::LogicalResult buildRowsKernel(LoopBuilder &builder, kernel::RowsOp rows, llvm::StringRef symbol, Extent &scratch);

} // namespace clew::compiler

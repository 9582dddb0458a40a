// KernelShapes: what generators must know of kernel ops, and when two ops are the same function. Shared by the passes that generate.
#pragma once

#include "compiler/kernel/Kernel.h"
#include "compiler/kernel/generate/AttentionKernel.h"
#include "compiler/kernel/generate/RecurrenceKernel.h"

#include <string>

namespace clew::compiler {

/// What makes two ops the same function: names, attributes, types and how values hang together, but not which constants they read.
std::string fingerprint(mlir::Operation *op);

AttentionShape shapeOf(kernel::AttentionOp op);
RecurrenceShape shapeOf(kernel::RecurrenceOp op);

} // namespace clew::compiler

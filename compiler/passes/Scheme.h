// What the graph passes made of a precision, read off the graph that they left.
#pragma once

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace clew::compiler {

/// The element types of the products of a module on which passes 1 to 4 have run, e.g. "linear bf16, sums f32; attention bf16, sums and
/// softmax f32; heads f32; all else f32", or "f32" if every product is. `roundedWeights`: attention's kernels round the softmax's weights
/// to bf16.
std::string schemeOf(mlir::ModuleOp module, bool roundedWeights);

} // namespace clew::compiler

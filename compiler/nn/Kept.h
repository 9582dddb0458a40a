// Kept: what a model says of products that lower precisions must leave alone (`keep` of linear, lstm, gru). It stands on the parameters that
// they multiply with, so that it goes wherever passes take the weights.
#pragma once

#include "compiler/nn/NN.h"
#include "runtime/base/DType.h"

namespace clew::nn {

/// On a parameter: "f32" or "bf16", the least precise element type that it may be multiplied in.
inline constexpr llvm::StringLiteral keptName = "nn.keep";

/// Says so of a parameter; the more precise of two counts.
void keep(ParameterOp parameter, llvm::StringRef type);

/// F32 or BF16 where one of the parameters that `weights` is made of says so, the most precise; none: any type will do.
std::optional<DType> keptType(mlir::Value weights);

} // namespace clew::nn

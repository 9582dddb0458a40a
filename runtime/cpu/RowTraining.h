// Ops that work on each element or each row, as training runs them: loops over floats that threads share. What each computes is what
// runtime/ref/RefOps.h says.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/cpu/DenseProduct.h"
#include "runtime/ref/RefOps.h"

#include <string_view>

namespace clew {

/// An op that has a fast form, and for which calls.
struct WholeForm {
  std::string_view op;
  Result<void> (*run)(const RefCall &call, int threads, Workspace &memory) = nullptr;
  bool (*runs)(const RefCall &call) = nullptr; ///< null: for every call in f32
};

/// add, subtract, multiply, scale, activations and their derivatives, layer_norm and its gradient, standardize, drop.
std::span<const WholeForm> rowForms();

} // namespace clew

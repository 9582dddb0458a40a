// What a graph costs: parameters and floating-point operations, read off its ops.
#pragma once

#include "compiler/nn/NN.h"

#include "mlir/IR/BuiltinOps.h"

#include <cstdint>

namespace clew::compiler {

/// How parameters are counted.
enum class Counting {
  Ours,      ///< elements of parameters
  Published, ///< elements of checkpoint tensors: PyTorch has two biases a gate in an LSTM, we have their sum
};

/// Number of elements of a parameter.
int64_t parameterCount(nn::ParameterOp parameter, Counting counting = Counting::Published);

/// Number of elements of all parameters of the module, shared ones once.
int64_t parameterCount(mlir::ModuleOp module, Counting counting = Counting::Published);

/// Floating-point operations of the products of @main for one sequence of `tokens` tokens, a multiply-add being two: linear maps, the two
/// products of attention, LSTM gates. Of other levels one element holds the most that it may, or one where any number will do.
/// Element-wise work (norms, activations, softmax) is not counted, as in the literature. The module is a graph as imported, or after any of
/// the passes 1 to 4.
int64_t flopsAt(mlir::ModuleOp module, int64_t tokens);

} // namespace clew::compiler

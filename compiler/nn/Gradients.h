// Gradients: what clew-differentiate and the rules of the ops tell each other while a graph is walked from its loss backwards.
#pragma once

#include "compiler/nn/NN.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseSet.h"

namespace clew::nn {

/// The gradients of one number by the values of a graph. A rule reads those of its op's results and adds to those of its operands.
class Gradients {
public:
  /// Ops are built with `builder`; `active` are the values that a trained parameter reaches.
  Gradients(mlir::OpBuilder &builder, llvm::DenseSet<mlir::Value> active)
      : builder(builder), active(std::move(active)) {}

  mlir::OpBuilder &builder;

  /// The gradient by a value, of its type; null if nothing that the number is made of has read it.
  mlir::Value of(mlir::Value value) const { return gradients.lookup(value); }
  /// Whether anybody wants the gradient by an operand; false for one that is left out.
  bool wants(mlir::Value operand) const { return operand && active.contains(operand); }
  /// Adds to the gradient by an operand, which may be unwanted. What reads a parameter hands it to the parameter at once.
  void add(mlir::Value operand, mlir::Value gradient);

private:
  llvm::DenseSet<mlir::Value> active;
  llvm::DenseMap<mlir::Value, mlir::Value> gradients;
};

/// Every nn.get of a parameter that is not frozen, and every value that is computed from one.
llvm::DenseSet<mlir::Value> activeValues(mlir::Block &body);

} // namespace clew::nn

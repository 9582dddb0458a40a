// Whether a graph goes on where the batch before ended: which of its arguments say so.
#pragma once

#include "compiler/nn/NN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace clew::nn {

/// The first argument that holds what the batch before left (nn.carried), or null.
inline mlir::BlockArgument firstCarried(mlir::func::FuncOp function) {
  for (mlir::BlockArgument argument : function.getArguments()) {
    if (function.getArgAttr(argument.getArgNumber(), carriedName)) {
      return argument;
    }
  }
  return {};
}

} // namespace clew::nn

// How clew-plan-buffers writes its plan into the IR, and how the emitter reads it.
#pragma once

#include "compiler/passes/RowExtent.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"

namespace clew::compiler {

/// One buffer of the plan; the attribute `kernel.buffers` of the graph function holds them in order.
struct PlannedBuffer {
  mlir::RankedTensorType type; ///< dynamic rows x columns
  RowExtent extent = RowExtent::Tokens;
  int first = 0;
  int last = 0;
  bool local = false;

  mlir::DictionaryAttr toAttribute(mlir::MLIRContext *context) const;
  static PlannedBuffer fromAttribute(mlir::DictionaryAttr attribute);
};

inline constexpr llvm::StringLiteral buffersName = "kernel.buffers"; ///< on the function: array of buffers
inline constexpr llvm::StringLiteral bufferOfName = "kernel.into";   ///< on an op: buffer number of each result

} // namespace clew::compiler

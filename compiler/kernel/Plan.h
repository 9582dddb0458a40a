// What passes write into the IR beside the ops of the dialect kernel, and the emitter reads: the plan of buffers, and where a step's
// generated function is.
#pragma once

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"

namespace clew::kernel {

/// Written by clew-plan-buffers.
inline constexpr llvm::StringLiteral buffersName = "kernel.buffers"; ///< on the function: array of PlannedBuffer
inline constexpr llvm::StringLiteral bufferOfName = "kernel.into";   ///< on an op: buffer number of each result

/// Written by clew-generate.
inline constexpr llvm::StringLiteral symbolName = "kernel.symbol"; ///< on an op: its generated function
inline constexpr llvm::StringLiteral scratchName =
    "kernel.scratch"; ///< on an op: bytes a thread needs: constant, and for each element of the longest that it works on
inline constexpr llvm::StringLiteral launchName =
    "kernel.launch"; ///< by clew-generate-device, on an op: threads and bytes of shared memory of a block, items of a cut
inline constexpr llvm::StringLiteral kernelsName = "kernels"; ///< the nested module of generated functions

/// One buffer of the plan: a matrix of dynamic rows.
struct PlannedBuffer {
  mlir::RankedTensorType type; ///< dynamic rows of a level x columns
  int first = 0;               ///< step
  int last = 0;
  bool local = false;

  mlir::DictionaryAttr toAttribute(mlir::MLIRContext *context) const;
  /// Fails, without a diagnostic, for an attribute that toAttribute does not write.
  static llvm::FailureOr<PlannedBuffer> fromAttribute(mlir::Attribute attribute);
};

} // namespace clew::kernel

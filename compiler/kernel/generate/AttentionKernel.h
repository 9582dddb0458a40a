// Generates attention inside packed sequences (arXiv:1706.03762): out = softmax(scale Q K^T) V, for each sequence and head.
//
// A job packs the keys of its head, transposed, into scratch; then a block of query rows at a time makes scores, softmax and
// result while all of it is in L1. Only one block's scores exist. Each row's arithmetic depends on its own sequence alone.
#pragma once

#include "compiler/kernel/generate/LoopBuilder.h"
#include "runtime/program/Program.h"

#include <cstdint>

namespace clew::compiler {

/// A table of relative positions: a row of `columns` f32 for each distance from -reach to reach.
struct DistanceTable {
  int64_t reach = 0;
  int64_t columns = 0;  ///< 0: there is no table
  bool perHead = false; ///< each head has columns of its own

  explicit operator bool() const { return columns > 0; }
};

/// Head h of q is at columns qAt + h * keySize of a buffer of ldQ columns, k likewise; of v at vAt + h * valueSize, of out at h * valueSize.
struct AttentionShape {
  int64_t heads = 0;
  int64_t keySize = 0;
  int64_t valueSize = 0;
  int64_t ldQ = 0;
  int64_t ldK = 0;
  int64_t ldV = 0;
  int64_t ldOut = 0;
  int64_t qAt = 0;
  int64_t kAt = 0;
  int64_t vAt = 0;
  double scale = 1;
  /// q, k and v are rounded to bf16 before they are multiplied; with a fast bf16 dot the softmax's weights too. Sums are f32.
  bool bf16 = false;
  /// Token i looks at tokens j <= i alone.
  bool causal = false;
  /// > 0: at tokens with |i - j| < window alone.
  int64_t window = 0;

  DistanceTable relativeKeys = {};
  DistanceTable relativeValues = {};
  int64_t ldRelativeQ = 0; ///< 0: q itself meets the relative keys
  int64_t relativeQAt = 0;
  DistanceTable relativeBiases = {};

  int64_t segmentKeys = 0; ///< columns of both keys, of one head or of all; 0: there are none
  int64_t ldSegmentQ = 0;  ///< 0: q itself meets them
  int64_t segmentQAt = 0;

  bool masked() const { return causal || window > 0; }
  /// How many of the operands that there may be there are: of relative positions; of segments and biases.
  int64_t relativeOperands() const {
    return (relativeKeys ? 1 : 0) + (relativeValues ? 1 : 0) + (ldRelativeQ > 0 ? 1 : 0);
  }
  int64_t termOperands() const {
    return (segmentKeys > 0 ? 2 : 0) + (ldSegmentQ > 0 ? 1 : 0) + (relativeBiases ? 1 : 0);
  }
};

/// Where the kernel's operands stand: q, k, v, out are f32 buffers [tokens, ld]. Behind Order come those of relative keys, relative values,
/// relative q, segments and their keys, segment q and relative biases that the shape has.
struct AttentionPlaces {
  enum : size_t { Q, K, V, Out, Offsets, Order, Count };
};

/// Appends the kernel. Operands: AttentionPlaces. Jobs: cut * heads + head, where
/// sequence = order[cut]. Scratch is 64-byte aligned and need not be cleared.
mlir::func::FuncOp buildAttentionKernel(LoopBuilder &builder, llvm::StringRef symbol, const AttentionShape &shape);

/// Bytes of scratch of one thread.
Extent attentionScratch(const AttentionShape &shape, const TargetCpu &cpu);

} // namespace clew::compiler

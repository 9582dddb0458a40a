// Generates the best path of labels through packed sequences (doi:10.1109/TIT.1967.1054010), one sequence a job. Vectors run over the
// label that a step goes to, so that a sequence's arithmetic is the same in any company, to the bit.
#pragma once

#include "compiler/kernel/generate/LoopBuilder.h"
#include "runtime/program/Program.h"

#include <cstdint>

namespace clew::compiler {

/// Where the kernel's operands stand: x and y are f32 buffers [tokens, labels]; transitions [labels, labels], from the row's label to the
/// column's; start and end [labels].
struct ViterbiPlaces {
  enum : size_t { X, Offsets, Transitions, Start, End, Y, Order, Count };
};

/// Appends the kernel. Jobs: one a sequence, order[job]. y gets 1 at the path's labels and 0 elsewhere; of equal scores the lower label
/// wins, seen from the sequence's end. Scratch is 64-byte aligned and need not be cleared.
mlir::func::FuncOp buildViterbiKernel(LoopBuilder &builder, llvm::StringRef symbol, int64_t labels);

/// Bytes of scratch of one thread.
Extent viterbiScratch(int64_t labels, const TargetCpu &cpu);

} // namespace clew::compiler

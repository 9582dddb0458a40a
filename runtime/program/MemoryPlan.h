// MemoryPlan: where each buffer of a Program lies in a Session's arena, for one size of batch.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"

#include <span>
#include <vector>

namespace clew {

struct MemoryPlan {
  int64_t bytes = 0;            ///< what the arena must hold
  int64_t lowerBound = 0;       ///< the most bytes that live in one step: no plan can need less
  std::vector<int64_t> offsets; ///< by buffer, in bytes, multiples of kAlignment; -1 for local buffers
};

/// Bytes of a buffer in the arena: rows rounded up to kRowBlock, the whole to kAlignment. BadInput if that exceeds 2^46.
Result<int64_t> plannedBytes(const Buffer &buffer, const BatchSize &size);

/// Places the buffers that are not local: the largest first, each into the smallest gap that fits between those already placed that
/// live at the same time, else behind them. Two buffers whose lives [first, last] meet never overlap. Deterministic.
/// BadInput if the batch is too large to be addressed.
Result<MemoryPlan> planMemory(std::span<const Buffer> buffers, const BatchSize &size);

} // namespace clew

// A packed batch as callers give it, its checks, and what is derived from it.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"

#include <span>
#include <vector>

namespace clew {

/// Sequences one after the other, without padding. The memory is the caller's and must stay until run() returns.
struct Batch {
  std::span<const int32_t> ids;      ///< [tokens]
  std::span<const int32_t> segments; ///< [tokens], or empty: all zero
  std::span<const int32_t> offsets;  ///< [batch + 1]: 0, ..., tokens
};

/// The arrays that InputKind derives from a batch; reused from batch to batch.
struct DerivedInputs {
  std::vector<int32_t> positions;
  std::vector<int32_t> order;
  std::vector<int32_t> counts;
  std::vector<int32_t>
      zeroSegments; ///< at least as many zeros as tokens, if the model has segments and the batch gives none
};

/// Checks a batch against what the Program accepts and returns its size. BadInput that names the sequence ("row") and the token in
/// it: no sequence at all, offsets that do not rise from 0 to the number of ids, an empty row, a row longer than maxLength, an id or
/// a segment out of range, or segments of another length than ids. Segments are ignored if the model has none.
Result<BatchSize> checkBatch(const Program &program, const Batch &batch);

/// Fills `derived` for a checked batch.
void derive(const Program &program, const Batch &batch, const BatchSize &size, DerivedInputs &derived);

} // namespace clew

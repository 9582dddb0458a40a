// RecurrentLayout: how a Recurrent constant lies in memory. Its one owner: the packer writes by it, generated recurrences read by it.
#pragma once

#include "runtime/base/DType.h"
#include "runtime/base/Rounding.h"

#include <cstdint>
#include <string_view>

namespace clew {

/// A kernel `symbol` of a recurrence may have beside it one by which threads share its steps (compiler/kernel/generate/RecurrenceKernel.h).
inline constexpr std::string_view sharedSuffix = "_in_parts";

/// What the state that they share begins with.
struct SharedRecurrence {
  int64_t step;    ///< the kernel's: the one that a job is at
  int64_t running; ///< the kernel's: rows that take part in it
  int64_t job;     ///< written by whoever calls
  int64_t product; ///< the same: 0, or 1 in the second half of a step that has two products
};

/// Weights of GH x K, the G gates of a cell one below the other (LSTM: i, f, g, o; GRU: r, z, n; a projection has one), as
///   [blocks of units][groups of k][gates][units of a block][k of a group]
/// A group is as many consecutive k as fit in a word, so that a vector holds the words of as many units as it has lanes, in every
/// element type. What lies beyond H units and K is zero.
struct RecurrentLayout {
  static constexpr int64_t unitsOfBlock = 16; ///< words of the widest vector
  static constexpr int64_t wordBytes = 4;

  int64_t hidden = 0; ///< H
  int64_t depth = 0;  ///< K: H, or what a projection leaves of it
  DType dtype = DType::F32;
  int64_t gates = 4; ///< G

  static constexpr bool stores(DType dtype) {
    return dtype == DType::F32 || dtype == DType::BF16 || dtype == DType::S8;
  }
  /// Of an LSTM, a GRU or a projection.
  static constexpr bool hasGates(int64_t rows, int64_t gates) {
    return (gates == 4 || gates == 3 || gates == 1) && rows > 0 && rows % gates == 0;
  }
  int64_t perWord() const { return wordBytes / static_cast<int64_t>(bytesOf(dtype)); }
  int64_t blocks() const { return ceilDiv(hidden, unitsOfBlock); }
  int64_t groups() const { return ceilDiv(depth, perWord()); }
  int64_t groupBytes() const { return gates * unitsOfBlock * wordBytes; }
  int64_t blockBytes() const { return groups() * groupBytes(); }
  /// Index, in elements, inside the block of `unit`, which counts from the block's first.
  int64_t elementOfBlock(int64_t k, int64_t gate, int64_t unit) const {
    return ((k / perWord() * gates + gate) * unitsOfBlock + unit) * perWord() + k % perWord();
  }
};

} // namespace clew

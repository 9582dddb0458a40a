// RowPolicy: how a step over rows is shared by threads. Results never depend on it, only speed does; its numbers were measured
// with tests/bench/GemmBench.
#pragma once

#include "runtime/base/Rounding.h"

#include <algorithm>
#include <cstdint>

namespace clew {

struct RowPolicy {
  static constexpr int64_t unit = 16; ///< rows that a block is a multiple of (kRowBlock)

  /// Rows in one block at most: all stages of a step run through a block while it is in cache. 96 rows of 3072 f32 leave half of 2 MB
  /// of L2 to weights; measured, 64 to 96 beat 128 by 2 to 7 % for bert/base and tinybert.
  int64_t blockMost = 96;
  /// Rows that each thread must have for a cut by rows. By rows each thread reads all weights, which pays for large ones only
  /// if there are many rows to use them for; by columns there is a barrier after each stage.
  int64_t fewestPerThread = 16;
  int64_t fewestPerThreadLarge = 64;
  int64_t largeWeights = int64_t(1) << 20; ///< bytes
  /// Up to so many rows, a cut by rows whose threads differ by more than `imbalance` yields to a cut by columns.
  int64_t sharedMost = 256;
  double imbalance = 0.10;
  /// Less work than this runs on one thread: to wake another costs 1-2 us.
  int64_t aloneProducts = int64_t(1) << 19;
  int64_t aloneElements = int64_t(1) << 13;

  static int64_t units(int64_t rows) { return ceilDiv(rows, unit); }

  /// Whether each thread takes blocks of rows through all stages; else the stages run one after the other, each shared.
  bool byRows(int64_t rows, int threads, int64_t weightBytes) const {
    if (threads <= 1 || units(rows) * unit > sharedMost) {
      return true;
    }
    int64_t fewest = weightBytes > largeWeights ? fewestPerThreadLarge : fewestPerThread;
    int64_t widest = roundUp(units(rows), threads);
    return units(rows) * unit >= threads * fewest &&
           static_cast<double>(widest) <= static_cast<double>(units(rows)) * (1 + imbalance);
  }

  /// Blocks that `rows` are cut into: a multiple of the number of threads, if there are enough.
  int64_t blocks(int64_t rows, int threads) const {
    int64_t count = ceilDiv(units(rows) * unit, blockMost);
    count = roundUp(count, threads);
    return std::clamp<int64_t>(count, 1, std::max<int64_t>(units(rows), 1));
  }
  /// First row of block `index`; blocks(...) gives the end.
  static int64_t begin(int64_t rows, int64_t blocks, int64_t index) {
    return std::min(rows, units(rows) * index / blocks * unit);
  }
  /// Rows that a block or a shared range may have at most, for a step of `rows` rows.
  int64_t mostAtOnce(int64_t rows) const { return std::min(units(rows) * unit, std::max(blockMost, sharedMost)); }
};

} // namespace clew

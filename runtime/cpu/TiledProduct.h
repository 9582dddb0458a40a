// TiledProduct: our own product of rows and blocked weights, for CPUs with AVX-512 or AVX2. oneDNN's AVX-512 kernels read each
// column block of the weights from L2 for every few rows; this one keeps a part of it in L1 for all rows and fetches the next part
// meanwhile. Measured with tests/bench/GemmBench on a Xeon, as shares of the peak: f32 0.78 -> 0.91, u8 x s8 0.80 -> 0.95.
#pragma once

#include "runtime/cpu/OneDnn.h"

#include <cstddef>
#include <cstdint>

namespace clew {

/// Where a range of columns may begin.
inline constexpr int64_t kTileUnit = 16;

/// Columns of a block of weights (F32: f32 x f32 -> f32; BF16: bf16 x bf16 -> f32, S8: u8 x s8 -> i32, both AVX-512 only) that these products read on this CPU;
/// 0: it cannot run them, or something it has is faster.
int64_t tiledColumns(DType weights, int64_t depth);

/// y[row][column] = bias[column] + sum over k of x[row][k] w[k][column], for `rows` rows and columns begin..end, in which order of k
/// rises. A row's bits depend neither on the other rows nor on the range of columns.
struct TiledProduct {
  DType weights = DType::F32;
  int64_t depth = 0;                 ///< a multiple of the elements in 4 bytes
  int64_t columns = 0;               ///< of the whole matrix: the row stride of y
  const void *x = nullptr;           ///< rows x depth, dense: f32, bf16 or u8
  const std::byte *packed = nullptr; ///< the whole matrix in WeightLayout{tiledColumns(...)}
  const float *bias = nullptr;       ///< of the whole matrix; null: none. Not with S8
  void *y = nullptr;                 ///< rows x columns, dense: f32 or i32
  bool onto = false;                 ///< adds to what is in y, after which there is no bias

  /// `begin` is a multiple of kTileUnit. Serial; reads and writes nothing beyond `rows` rows.
  void run(int64_t rows, int64_t begin, int64_t end) const;
};

} // namespace clew

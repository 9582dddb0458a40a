// PackedGemm: y (rows x N) = x (rows x K) times W^T with W packed once, whatever the number of rows. A block of rows runs on
// one thread; few rows are shared by threads in panels of columns. Both give the same bits, for any number of rows.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/cpu/MatrixLayout.h"
#include "runtime/cpu/ProductCache.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <vector>

namespace clew {

/// What a product reads and writes. x is f32, bf16 or u8 (quantized + 128) and y f32, f32 or i32, after the weights' type f32, bf16
/// or s8. Both are dense, begin at the first of `rows` rows, and have room for rows rounded up to 16, all of which may be read and
/// written.
struct GemmOperands {
  const void *x = nullptr;
  const void *weights = nullptr; ///< packed
  const float *bias = nullptr;   ///< null exactly if the product has none
  void *y = nullptr;
  int64_t rows = 0;
};

/// One product of a Program. Immutable but for primitives that appear at first use; any number of threads may call.
class PackedGemm {
public:
  /// `cache` must outlive this.
  PackedGemm(MatrixLayout layout, bool bias, ProductCache &cache);

  const MatrixLayout &layout() const { return matrix; }
  int panels() const { return matrix.panels(); }

  /// Bytes of scratch that a call on up to `rows` rows needs, a multiple of 64.
  int64_t scratchBytes(int64_t rows) const;

  /// All columns.
  Result<void> run(const GemmOperands &operands, std::byte *scratch) const;
  /// The columns of one panel; others of y stay as they are.
  Result<void> runPanel(int panel, const GemmOperands &operands, std::byte *scratch) const;

  /// Whether both use the same primitives.
  bool sharesProducts(const PackedGemm &other) const {
    return hasBias == other.hasBias && matrix.arithmetic == other.matrix.arithmetic &&
           matrix.columns == other.matrix.columns && matrix.depth == other.matrix.depth &&
           matrix.tiled == other.matrix.tiled;
  }
  /// Makes the primitives for whole products of up to `wholeRows` rows and for panels of up to `panelRows`.
  Result<void> warm(int64_t wholeRows, int64_t panelRows) const;

private:
  /// Columns that are multiplied at once: a panel, or all of them.
  struct Range {
    int64_t begin = 0;
    int64_t columns = 0;
    mutable std::vector<std::array<std::atomic<const onednn::Product *>, RowLadder::steps>> products; ///< by part
  };
  struct Call {
    const Range &range;
    const std::byte *weights;
    const float *bias;
    std::byte *y; ///< first row, first column of the matrix
    int64_t rows;
    int64_t ladderRows;
    std::byte *scratch;
  };

  Result<void> runRange(const Range &range, const GemmOperands &operands, std::byte *scratch) const;
  void runTiles(const Call &call, const std::byte *x) const;
  Result<void> runBlock(const Call &call, const std::byte *x) const;
  Result<void> runParts(const Call &call, const std::byte *x) const;
  Result<const onednn::Product *> product(const Range &range, int64_t part, int64_t rows) const;
  const std::byte *partWeights(int64_t part, const std::byte *weights) const;
  const std::byte *panelWeights(const Range &range, int64_t part, const std::byte *weights) const;

  MatrixLayout matrix;
  bool hasBias;
  ProductCache &cache;
  std::vector<Range> ranges; ///< the panels, then the whole if there are several panels
};

} // namespace clew

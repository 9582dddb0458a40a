// Two stages inside 128-bit blocks (4 x 4 transposes), then whole blocks change places.
#include "compiler/kernel/generate/Transpose.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <array>
#include <utility>

using namespace mlir;

namespace clew::compiler {
namespace {

/// Lanes picked from a (0..n-1) and b (n..2n-1).
Expr shuffle(LoopBuilder &builder, Expr a, Expr b, ArrayRef<int64_t> picks) {
  return builder.wrap(vector::ShuffleOp::create(builder.ops(), a.value, b.value, picks));
}

/// Replaces rows[i] and rows[j]: in each 128-bit block the first takes the lanes `low`, the second `high`, where 4..7 are the other row's.
void mixInBlocks(LoopBuilder &builder, Exprs &rows, int64_t i, int64_t j, std::array<int64_t, 4> low,
                 std::array<int64_t, 4> high) {
  int64_t lanes = rows.size();
  SmallVector<int64_t> first, second;
  for (int64_t block = 0; block < lanes; block += 4) {
    for (int64_t k = 0; k < 4; ++k) {
      first.push_back(block + low[k] % 4 + (low[k] < 4 ? 0 : lanes));
      second.push_back(block + high[k] % 4 + (high[k] < 4 ? 0 : lanes));
    }
  }
  Expr a = rows[i], b = rows[j];
  rows[i] = shuffle(builder, a, b, first);
  rows[j] = shuffle(builder, a, b, second);
}

/// Replaces rows[i] and rows[j]: blocks whose index lacks `bit` stay in i and come from j shifted, and the other way round.
void exchangeBlocks(LoopBuilder &builder, Exprs &rows, int64_t i, int64_t j, int64_t bit) {
  int64_t lanes = rows.size();
  SmallVector<int64_t> first, second;
  for (int64_t lane = 0; lane < lanes; ++lane) {
    int64_t block = lane / 4;
    first.push_back((block & bit) == 0 ? lane : lanes + lane - 4 * bit);
    second.push_back((block & bit) == 0 ? lane + 4 * bit : lanes + lane);
  }
  Expr a = rows[i], b = rows[j];
  rows[i] = shuffle(builder, a, b, first);
  rows[j] = shuffle(builder, a, b, second);
}

} // namespace

Exprs transpose(LoopBuilder &builder, Exprs rows) {
  int64_t lanes = rows.size();
  for (int64_t r = 0; r < lanes; r += 4) {
    for (int64_t i : {r, r + 2}) {
      mixInBlocks(builder, rows, i, i + 1, {0, 4, 1, 5}, {2, 6, 3, 7});
    }
    // rows r, r+1: lanes 0 1 and 2 3 of rows r, r+1 interleaved; rows r+2, r+3: of rows r+2, r+3.
    for (int64_t i : {r, r + 1}) {
      mixInBlocks(builder, rows, i, i + 2, {0, 1, 4, 5}, {2, 3, 6, 7});
    }
    std::swap(rows[r + 1], rows[r + 2]); // columns 0, 2, 1, 3 of each block so far
  }
  for (int64_t bit = 1; bit < lanes / 4; bit *= 2) {
    for (int64_t r = 0; r < lanes; ++r) {
      if ((r / 4 & bit) == 0) {
        exchangeBlocks(builder, rows, r, r + 4 * bit, bit);
      }
    }
  }
  return rows;
}

} // namespace clew::compiler

// ProductCache: the primitives of one executor, by shape. Layers of equal shape share them, and there are few: the rows of a
// product are rounded up to a ladder, so that a batch size never seen before costs no new primitive.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/cpu/OneDnn.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace clew {

/// The numbers of rows that primitives exist for: 8, 16, 32, ... 128. Not 1: newer versions multiply a single row by another
/// kernel, which sums in another order, and a row's bits would depend on how many rows there are.
class RowLadder {
public:
  static constexpr int64_t most = 128;
  static constexpr int steps = 9;

  /// The step that serves `rows` rows (1..most).
  static constexpr int step(int64_t rows) { return rows <= 8 ? 0 : static_cast<int>((rows + 15) / 16); }
  static constexpr int64_t rowsOf(int step) { return step == 0 ? 8 : 16 * step; }
};

static_assert(RowLadder::step(RowLadder::most) == RowLadder::steps - 1);

class ProductCache {
public:
  /// The primitive for a shape, made at the first call. Callable by many threads; the result lives as long as the cache.
  Result<const onednn::Product *> get(const onednn::ProductShape &shape);

private:
  std::mutex mutex;
  std::map<onednn::ProductShape, std::unique_ptr<onednn::Product>> products;
};

} // namespace clew

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

/// The numbers of rows that primitives exist for: 1, 8, 16, 32, ... 128.
class RowLadder {
public:
  static constexpr int64_t most = 128;
  static constexpr int steps = 10;

  /// The step that serves `rows` rows (1..most).
  static constexpr int step(int64_t rows) {
    return rows <= 1 ? 0 : rows <= 8 ? 1 : static_cast<int>((rows + 15) / 16) + 1;
  }
  static constexpr int64_t rowsOf(int step) { return step == 0 ? 1 : step == 1 ? 8 : 16 * (step - 1); }
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

// See FloatLoops.h.
#include "runtime/cpu/FloatLoops.h"

#include "runtime/base/ParallelFor.h"
#include "runtime/base/Rounding.h"
#include "runtime/cpu/Vectors.h"

#include <algorithm>

namespace clew {

CLEW_VECTORS void addTo(float *sums, const float *values, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    sums[i] += values[i];
  }
}

void transpose(const float *from, int64_t rows, int64_t columns, float *to, int threads) {
  parallelFor(threads, ceilDiv(columns, kLanes), [&](int64_t part, int) {
    const int64_t begin = part * kLanes;
    const int64_t end = std::min(begin + kLanes, columns);
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t column = begin; column < end; ++column) {
        to[column * rows + row] = from[row * columns + column];
      }
    }
  });
}

} // namespace clew

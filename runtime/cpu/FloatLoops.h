// FloatLoops: what the ops of training on the cpu target share: tensors as floats, sums, a transposition.
#pragma once

#include "runtime/ref/RefOps.h"

#include <cstdint>

namespace clew {

inline float *floats(const RefTensor &view) { return static_cast<float *>(view.data); }
inline float *floatsOrNull(const RefTensor *view) { return view ? static_cast<float *>(view->data) : nullptr; }

/// sums[i] += values[i].
void addTo(float *sums, const float *values, int64_t count);

/// [rows][columns] to [columns][rows].
void transpose(const float *from, int64_t rows, int64_t columns, float *to, int threads);

} // namespace clew

// ElementType: a tensor's floats in another type, and how many of them that changes.
#pragma once

#include "runtime/weights/CheckpointWriter.h"

#include <cstdint>
#include <optional>

namespace clew {

/// What happened to the values of one tensor.
struct ChangedValues {
  uint64_t changed = 0;  ///< are another number now
  uint64_t infinite = 0; ///< of them, have become infinite
};

/// Hands `tensor` over as `type` (F32, F16 or BF16), rounded to nearest, ties to even. Tensors that are no floats go through as they
/// are, in their own type. Says what that changed; NaN stays NaN. Fails as `sink` does.
Result<ChangedValues> convertTensor(const TensorView &tensor, StoredType type, TensorSink sink);

/// binary32 to binary16, rounded to nearest, ties to even.
uint16_t toHalf(float value);

} // namespace clew

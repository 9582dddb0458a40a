// SliceReader: parts of tensors in files as f32, and f32 back into them, where a parameter is not one tensor as it is.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/CheckpointLayout.h"
#include "runtime/weights/StoredType.h"

#include <span>

namespace clew {

/// Reads the part's elements of `tensor`, which must have the shape of the layout, into `out` (as many floats as the slice has
/// elements): each plus part.plus, added to what `out` holds if the part adds. Rounds as readF32 does; BadInput for types that it
/// does not take.
Result<void> readSlice(const TensorView &tensor, const PlacedPart &part, std::span<float> out);

/// What a part without a tensor gives: part.plus throughout.
void fillSlice(const PlacedPart &part, std::span<float> out);

/// The way back: writes `values` less part.plus to the part's elements of `tensor`. A part that adds gets 0 in place of the values,
/// which the part before it has.
void writeSlice(std::span<const float> values, const PlacedPart &part, std::span<float> tensor);

/// Whether the part is a stretch of the tensor's bytes, unchanged.
bool isStretch(const PlacedPart &part);

} // namespace clew

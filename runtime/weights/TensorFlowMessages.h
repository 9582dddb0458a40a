// TensorFlowMessages: what TensorFlow's checkpoints and graphs have in common: numbers of element types, and messages of shapes.
#pragma once

#include "runtime/weights/StoredType.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace clew {

/// enum DataType of tensorflow/core/framework/types.proto; nothing for texts, complex numbers and what is newer.
std::optional<StoredType> tensorFlowType(uint64_t number);

/// TensorShapeProto. False for shapes of unknown rank, of more than mostTensorRank extents, and for what is none.
bool readTensorFlowShape(std::span<const std::byte> message, std::vector<int64_t> &shape);

} // namespace clew

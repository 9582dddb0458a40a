// Field numbers are those of TensorFlow's .proto files.
#include "runtime/weights/TensorFlowMessages.h"

#include "runtime/base/WireReader.h"
#include "runtime/weights/TensorSet.h"

namespace clew {

std::optional<StoredType> tensorFlowType(uint64_t number) {
  switch (number) {
  case 1:
    return StoredType::F32;
  case 2:
    return StoredType::F64;
  case 3:
    return StoredType::I32;
  case 4:
    return StoredType::U8;
  case 5:
    return StoredType::I16;
  case 6:
    return StoredType::I8;
  case 9:
    return StoredType::I64;
  case 10:
    return StoredType::Bool;
  case 14:
    return StoredType::BF16;
  case 17:
    return StoredType::U16;
  case 19:
    return StoredType::F16;
  case 22:
    return StoredType::U32;
  case 23:
    return StoredType::U64;
  case 24:
    return StoredType::F8E5M2;
  case 25:
    return StoredType::F8E4M3;
  default:
    return std::nullopt;
  }
}

/// dim = 2 {size = 1, name = 2}; unknown_rank = 3 has no values. False for anything else.
bool readTensorFlowShape(std::span<const std::byte> message, std::vector<int64_t> &shape) {
  WireReader reader(message);
  while (!reader.empty()) {
    WireField dim;
    if (!reader.field(dim) || dim.number != 2 || dim.kind != WireField::Kind::Bytes || shape.size() == mostTensorRank) {
      return false;
    }
    int64_t extent = 0;
    WireReader inner(dim.bytes);
    while (!inner.empty()) {
      WireField field;
      if (!inner.field(field) || (field.number != 1 && field.number != 2)) {
        return false;
      }
      extent = field.number == 1 ? static_cast<int64_t>(field.value) : extent;
    }
    shape.push_back(extent);
  }
  return true;
}

} // namespace clew

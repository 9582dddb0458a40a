// u32 version, u64 levels; then the tensor: u32 version, i32 size of its description, a message TensorDesc, the numbers.
#include "runtime/weights/PaddleFile.h"

#include "runtime/base/WireReader.h"

#include <fmt/format.h>
#include <optional>

namespace clew {
namespace {

using Bytes = std::span<const std::byte>;

/// VarType.Type of paddle/fluid/framework/framework.proto.
std::optional<StoredType> typeOf(uint64_t number) {
  switch (number) {
  case 0:
    return StoredType::Bool;
  case 1:
    return StoredType::I16;
  case 2:
    return StoredType::I32;
  case 3:
    return StoredType::I64;
  case 4:
    return StoredType::F16;
  case 5:
    return StoredType::F32;
  case 6:
    return StoredType::F64;
  case 20:
    return StoredType::U8;
  case 21:
    return StoredType::I8;
  case 22:
    return StoredType::BF16;
  default:
    return std::nullopt;
  }
}

/// TensorDesc: data_type = 1, dims = 2, one by one or packed. Returns what is wrong, or "".
std::string readDescription(Bytes message, StoredType &type, std::vector<int64_t> &shape) {
  WireReader reader(message);
  std::optional<StoredType> known;
  while (!reader.empty()) {
    WireField field;
    if (!reader.field(field)) {
      return "expected the description of a tensor, found other data";
    }
    if (field.number == 1 && field.kind == WireField::Kind::Varint) {
      known = typeOf(field.value);
      if (!known) {
        return fmt::format("expected floats, integers or truth values, found Paddle's type {}", field.value);
      }
    } else if (field.number == 2 && field.kind == WireField::Kind::Varint) {
      shape.push_back(static_cast<int64_t>(field.value));
    } else if (field.number == 2 && field.kind == WireField::Kind::Bytes) {
      WireReader packed(field.bytes);
      uint64_t extent = 0;
      while (!packed.empty()) {
        if (!packed.varint(extent) || shape.size() > mostTensorRank) {
          return "expected the extents of a tensor, found other data";
        }
        shape.push_back(static_cast<int64_t>(extent));
      }
    } else {
      return fmt::format("expected a type and extents, found field {}", field.number);
    }
    if (shape.size() > mostTensorRank) {
      return fmt::format("expected at most {} extents, found more", mostTensorRank);
    }
  }
  type = known.value_or(type);
  return known ? "" : "expected the type of a tensor, found none";
}

} // namespace

bool looksLikePaddle(Bytes bytes) {
  WireReader reader(bytes);
  uint32_t version = 1;
  uint64_t levels = 1;
  uint32_t tensorVersion = 1;
  uint32_t size = 0;
  Bytes description;
  std::vector<int64_t> shape;
  StoredType type = StoredType::F32;
  return reader.fixed(version) && version == 0 && reader.fixed(levels) && levels == 0 && reader.fixed(tensorVersion) &&
         tensorVersion == 0 && reader.fixed(size) && reader.bytes(size, description) &&
         readDescription(description, type, shape).empty();
}

Result<TensorSet> readPaddleTensor(Bytes file, const std::string &name, const std::string &where) {
  const auto reject = [&](std::string why) { return fail(ErrorKind::BadInput, std::move(why), where); };
  WireReader reader(file);
  uint32_t version = 0;
  uint64_t levels = 0;
  uint32_t tensorVersion = 0;
  uint32_t size = 0;
  Bytes description;
  if (!reader.fixed(version) || !reader.fixed(levels)) {
    return reject("expected a parameter of Paddle's, found a file that is cut short");
  }
  if (version != 0 || levels != 0) {
    return reject(fmt::format("expected a parameter of Paddle's of version 0 without levels of rows, found version {} "
                              "and {} levels",
                              version, levels));
  }
  if (!reader.fixed(tensorVersion) || tensorVersion != 0 || !reader.fixed(size) || !reader.bytes(size, description)) {
    return reject("expected a tensor of version 0 and its description, found other data");
  }
  std::vector<TensorView> tensors;
  TensorView &view = tensors.emplace_back(TensorView{name, StoredType::F32, {}, {}});
  if (const std::string problem = readDescription(description, view.type, view.shape); !problem.empty()) {
    return reject(problem);
  }
  const Result<int64_t> count = countElements(name, view.shape, view.type, where);
  if (!count) {
    return fail(count);
  }
  view.bytes = reader.rest();
  const uint64_t wanted = static_cast<uint64_t>(*count) * bytesOf(view.type);
  if (view.bytes.size() != wanted) {
    return reject(fmt::format("expected {} bytes for {} {}, found {}", wanted, nameOf(view.type),
                              renderShape(view.shape), view.bytes.size()));
  }
  return gatherTensors(std::move(tensors), TensorMemory(file.size()), where);
}

} // namespace clew

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

/// What stands before a parameter's numbers. Returns what is wrong, or "".
std::string readHeader(WireReader &reader, TensorView &view) {
  uint32_t version = 0;
  uint64_t levels = 0;
  uint32_t tensorVersion = 0;
  uint32_t size = 0;
  Bytes description;
  if (!reader.fixed(version) || !reader.fixed(levels)) {
    return "expected a parameter of Paddle's, found a file that is cut short";
  }
  if (version != 0 || levels != 0) {
    return fmt::format("expected a parameter of Paddle's of version 0 without levels of rows, found version {} and {} "
                       "levels",
                       version, levels);
  }
  if (!reader.fixed(tensorVersion) || tensorVersion != 0 || !reader.fixed(size) || !reader.bytes(size, description)) {
    return "expected a tensor of version 0 and its description, found other data";
  }
  return readPaddleDescription(description, view.type, view.shape);
}

} // namespace

std::string readPaddleDescription(Bytes message, StoredType &type, std::vector<int64_t> &shape) {
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

bool looksLikePaddle(Bytes bytes) {
  WireReader reader(bytes);
  TensorView view;
  return readHeader(reader, view).empty();
}

Result<TensorSet> readPaddleTensor(Bytes file, const std::string &name, const std::string &where) {
  WireReader reader(file);
  std::vector<TensorView> tensors;
  TensorView &view = tensors.emplace_back(TensorView{name, StoredType::F32, {}, {}});
  if (std::string problem = readHeader(reader, view); !problem.empty()) {
    return fail(ErrorKind::BadInput, std::move(problem), where);
  }
  const Result<int64_t> count = countElements(name, view.shape, view.type, where);
  if (!count) {
    return fail(count);
  }
  view.bytes = reader.rest();
  const uint64_t wanted = static_cast<uint64_t>(*count) * bytesOf(view.type);
  if (view.bytes.size() != wanted) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected {} bytes for {} {}, found {}", wanted, nameOf(view.type), renderShape(view.shape),
                            view.bytes.size()),
                where);
  }
  return gatherTensors(std::move(tensors), TensorMemory(file.size()), where);
}

Result<TensorSet> readPaddleTensors(Bytes file, std::span<const PaddleVariable> variables, const std::string &where) {
  WireReader reader(file);
  std::vector<TensorView> tensors;
  const auto reject = [&](const std::string &name, std::string_view why) {
    return fail(ErrorKind::BadInput, fmt::format("parameter {}: {}", quoteName(name), why), where);
  };
  for (const PaddleVariable &variable : variables) {
    TensorView &view = tensors.emplace_back(TensorView{variable.name, StoredType::F32, {}, {}});
    if (const std::string problem = readHeader(reader, view); !problem.empty()) {
      return reject(variable.name, problem);
    }
    if (view.type != variable.type || view.shape != variable.shape) {
      return reject(variable.name,
                    fmt::format("expected {} {}, as the program says, found {} {}", nameOf(variable.type),
                                renderShape(variable.shape), nameOf(view.type), renderShape(view.shape)));
    }
    const Result<int64_t> count = countElements(variable.name, view.shape, view.type, where);
    if (!count) {
      return fail(count);
    }
    const uint64_t wanted = static_cast<uint64_t>(*count) * bytesOf(view.type);
    if (!reader.bytes(wanted, view.bytes)) {
      return reject(variable.name, fmt::format("expected {} bytes for {} {}, found {}", wanted, nameOf(view.type),
                                               renderShape(view.shape), reader.rest().size()));
    }
  }
  if (!reader.empty()) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected the {} parameters of the program and nothing behind them, found {} bytes more",
                            variables.size(), reader.rest().size()),
                where);
  }
  return gatherTensors(std::move(tensors), TensorMemory(file.size()), where);
}

} // namespace clew

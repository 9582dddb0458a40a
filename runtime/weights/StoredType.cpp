// Elements are read with memcpy, since nothing promises that a file's data is aligned.
#include "runtime/weights/StoredType.h"

#include "runtime/base/DType.h"

#include <array>
#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>

namespace clew {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors in files are little endian");

struct TypeEntry {
  std::string_view name;
  size_t bytes;
};

/// In the order of StoredType.
constexpr std::array<TypeEntry, 15> types = {{{"F64", 8},
                                              {"F32", 4},
                                              {"F16", 2},
                                              {"BF16", 2},
                                              {"F8_E4M3", 1},
                                              {"F8_E5M2", 1},
                                              {"I64", 8},
                                              {"I32", 4},
                                              {"I16", 2},
                                              {"I8", 1},
                                              {"U64", 8},
                                              {"U32", 4},
                                              {"U16", 2},
                                              {"U8", 1},
                                              {"BOOL", 1}}};

template <typename T> T load(const std::byte *from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

/// IEEE binary16 to binary32, exact; works with denormals flushed to zero too.
float fromHalf(uint16_t half) {
  uint32_t magnitude = static_cast<uint32_t>(half & 0x7fff) << 13;
  uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  if (magnitude >= 0x0f800000) { // infinity or NaN
    return std::bit_cast<float>(sign | magnitude | 0x7f800000);
  }
  if (magnitude < 0x00800000) { // denormal or zero: a count of 2^-24, which is an ordinary float
    float value = static_cast<float>(half & 0x3ff) * 0x1p-24F;
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(value));
  }
  return std::bit_cast<float>(sign | (magnitude + (uint32_t{112} << 23)));
}

float fromBrain(uint16_t bits) {
  BF16 value;
  value.bits = bits;
  return static_cast<float>(value);
}

template <typename Stored, typename Convert, typename Store>
void convert(const TensorView &tensor, std::span<float> out, Convert toFloat, Store store) {
  const std::byte *from = tensor.bytes.data();
  for (size_t i = 0; i < out.size(); ++i) {
    store(out[i], toFloat(load<Stored>(from + i * sizeof(Stored))));
  }
}

template <typename Store> Result<void> convertAny(const TensorView &tensor, std::span<float> out, Store store) {
  if (static_cast<size_t>(tensor.elements()) != out.size()) {
    return fail(ErrorKind::Internal,
                fmt::format("{} has {} elements, read into {}", quoteName(tensor.name), tensor.elements(), out.size()));
  }
  switch (tensor.type) {
  case StoredType::F64:
    convert<double>(tensor, out, [](double value) { return static_cast<float>(value); }, store);
    return {};
  case StoredType::F32:
    convert<float>(tensor, out, [](float value) { return value; }, store);
    return {};
  case StoredType::F16:
    convert<uint16_t>(tensor, out, fromHalf, store);
    return {};
  case StoredType::BF16:
    convert<uint16_t>(tensor, out, fromBrain, store);
    return {};
  default:
    return fail(ErrorKind::BadInput, fmt::format("tensor {}: expected F32, F64, F16 or BF16, found {}",
                                                 quoteName(tensor.name), nameOf(tensor.type)));
  }
}

} // namespace

std::string_view nameOf(StoredType type) { return types[static_cast<size_t>(type)].name; }

size_t bytesOf(StoredType type) { return types[static_cast<size_t>(type)].bytes; }

std::optional<StoredType> storedTypeNamed(std::string_view name) {
  for (size_t i = 0; i < types.size(); ++i) {
    if (types[i].name == name) {
      return static_cast<StoredType>(i);
    }
  }
  return std::nullopt;
}

bool readsAsF32(StoredType type) {
  return type == StoredType::F64 || type == StoredType::F32 || type == StoredType::F16 || type == StoredType::BF16;
}

Result<void> readF32(const TensorView &tensor, std::span<float> out) {
  return convertAny(tensor, out, [](float &to, float value) { to = value; });
}

Result<void> addF32(const TensorView &tensor, std::span<float> out) {
  return convertAny(tensor, out, [](float &to, float value) { to += value; });
}

Result<void> readI32(const TensorView &tensor, std::span<int32_t> out) {
  if (static_cast<size_t>(tensor.elements()) != out.size()) {
    return fail(ErrorKind::Internal,
                fmt::format("{} has {} elements, read into {}", quoteName(tensor.name), tensor.elements(), out.size()));
  }
  if (tensor.type == StoredType::I32) {
    if (!out.empty()) {
      std::memcpy(out.data(), tensor.bytes.data(), out.size_bytes());
    }
    return {};
  }
  if (tensor.type != StoredType::I64) {
    return fail(ErrorKind::BadInput,
                fmt::format("tensor {}: expected I32 or I64, found {}", quoteName(tensor.name), nameOf(tensor.type)));
  }
  for (size_t i = 0; i < out.size(); ++i) {
    auto value = load<int64_t>(tensor.bytes.data() + i * sizeof(int64_t));
    if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max()) {
      return fail(ErrorKind::BadInput, fmt::format("tensor {}: expected numbers of 32 bits, found {} at index {}",
                                                   quoteName(tensor.name), value, i));
    }
    out[i] = static_cast<int32_t>(value);
  }
  return {};
}

std::string renderShape(std::span<const int64_t> shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

std::string quoteName(std::string_view name) {
  constexpr size_t longest = 200;
  std::string text = "\"";
  for (char byte : name.substr(0, longest)) {
    bool plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
    text += plain ? std::string(1, byte) : fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  }
  return text + (name.size() > longest ? "...\"" : "\"");
}

} // namespace clew

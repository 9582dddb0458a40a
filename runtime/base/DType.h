// Element types of tensors, their sizes and names, and bfloat16's conversions.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace clew {

enum class DType : uint8_t { F64, F32, BF16, I64, I32, S8, U8 };

constexpr size_t bytesOf(DType type) {
  switch (type) {
  case DType::F64:
  case DType::I64:
    return 8;
  case DType::F32:
  case DType::I32:
    return 4;
  case DType::BF16:
    return 2;
  case DType::S8:
  case DType::U8:
    return 1;
  }
  return 0;
}

constexpr std::string_view nameOf(DType type) {
  switch (type) {
  case DType::F64:
    return "f64";
  case DType::F32:
    return "f32";
  case DType::BF16:
    return "bf16";
  case DType::I64:
    return "i64";
  case DType::I32:
    return "i32";
  case DType::S8:
    return "s8";
  case DType::U8:
    return "u8";
  }
  return "?";
}

constexpr std::optional<DType> dtypeNamed(std::string_view name) {
  for (DType type : {DType::F64, DType::F32, DType::BF16, DType::I64, DType::I32, DType::S8, DType::U8}) {
    if (nameOf(type) == name) {
      return type;
    }
  }
  return std::nullopt;
}

/// bfloat16: the upper half of a binary32. Rounds to nearest, ties to even; NaN stays NaN.
struct BF16 {
  uint16_t bits = 0;

  BF16() = default;
  explicit BF16(float value) {
    auto word = std::bit_cast<uint32_t>(value);
    bits = std::isnan(value) ? static_cast<uint16_t>((word >> 16) | 0x40)
                             : static_cast<uint16_t>((word + 0x7fff + ((word >> 16) & 1)) >> 16);
  }
  explicit operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }
};

} // namespace clew

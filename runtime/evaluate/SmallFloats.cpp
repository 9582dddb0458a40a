// See SmallFloats.h.
#include "runtime/evaluate/SmallFloats.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace clew::onnx {
namespace {

struct Format {
  int exponent = 0; ///< bits
  int mantissa = 0; ///< bits
  int bias = 0;
  int largest = 0;           ///< code of the largest finite number
  int infinity = -1;         ///< code, if there is one
  int nan = -1;              ///< code, if there is one
  bool unsignedZero = false; ///< the code of -0 is NaN
};

Format formatOf(DataType type) {
  static constexpr std::pair<DataType, Format> formats[] = {
      {DataType::Float8E4M3FN, {4, 3, 7, 0x7e, -1, 0x7f}},
      {DataType::Float8E4M3FNUZ, {4, 3, 8, 0x7f, -1, 0x80, true}},
      {DataType::Float8E5M2, {5, 2, 15, 0x7b, 0x7c, 0x7f}},
      {DataType::Float8E5M2FNUZ, {5, 2, 16, 0x7f, -1, 0x80, true}},
      {DataType::Float6E2M3, {2, 3, 1, 0x1f}},
      {DataType::Float6E3M2, {3, 2, 3, 0x1f}},
      {DataType::Float4E2M1, {2, 1, 1, 7}}};
  const auto *found = std::ranges::find(formats, type, [](const auto &entry) { return entry.first; });
  return found == std::end(formats) ? Format() : found->second;
}

int bitsIn(const Format &format) { return 1 + format.exponent + format.mantissa; }

/// The value of a code without its sign.
float magnitudeOf(const Format &format, int code) {
  const int exponent = code >> format.mantissa;
  const int mantissa = code & ((1 << format.mantissa) - 1);
  return exponent == 0 ? std::ldexp(static_cast<float>(mantissa), 1 - format.bias - format.mantissa)
                       : std::ldexp(static_cast<float>(mantissa + (1 << format.mantissa)),
                                    exponent - format.bias - format.mantissa);
}

uint8_t toE8M0(float value, int up) {
  if (std::isnan(value) || value < 0) {
    return 0xff;
  }
  if (std::isinf(value)) {
    return 0xfe;
  }
  int exponent = 0;
  const float fraction = std::frexp(value, &exponent); // [0.5, 1)
  if (value == 0) {
    return 0;
  }
  const bool higher = up > 0 ? fraction > 0.5F : up == 0 && fraction >= 0.75F;
  return static_cast<uint8_t>(std::clamp(exponent - 1 + (higher ? 1 : 0) + 127, 0, 254));
}

} // namespace

bool isSmallFloat(DataType type) {
  return (type >= DataType::Float8E4M3FN && type <= DataType::Float8E5M2FNUZ) || type == DataType::Float4E2M1 ||
         type == DataType::Float8E8M0 || type == DataType::Float6E2M3 || type == DataType::Float6E3M2;
}

float smallToFloat(DataType type, uint8_t bits) {
  if (type == DataType::Float8E8M0) {
    return bits == 0xff ? std::numeric_limits<float>::quiet_NaN() : std::ldexp(1.0F, bits - 127);
  }
  const Format format = formatOf(type);
  const int sign = 1 << (bitsIn(format) - 1);
  const int code = bits & (sign - 1);
  if (format.unsignedZero ? bits == format.nan : code > format.largest && code != format.infinity) {
    return std::numeric_limits<float>::quiet_NaN();
  }
  const float magnitude = code == format.infinity ? std::numeric_limits<float>::infinity() : magnitudeOf(format, code);
  return (bits & sign) != 0 ? -magnitude : magnitude;
}

uint8_t floatToSmall(DataType type, float value, bool saturate, int up) {
  if (type == DataType::Float8E8M0) {
    return toE8M0(value, up);
  }
  const Format format = formatOf(type);
  const int sign = std::signbit(value) ? 1 << (bitsIn(format) - 1) : 0;
  if (std::isnan(value)) {
    return static_cast<uint8_t>(format.nan < 0 ? sign | 0 : format.unsignedZero ? format.nan : sign | format.nan);
  }
  const float magnitude = std::abs(value);
  int low = 0; // the largest code whose value is not more
  int high = format.largest;
  while (low < high) {
    const int middle = (low + high + 1) / 2;
    (magnitudeOf(format, middle) <= magnitude ? low : high) =
        magnitudeOf(format, middle) <= magnitude ? middle : middle - 1;
  }
  int code = low;
  const float below = magnitudeOf(format, low);
  const float above = magnitudeOf(format, low + 1); // also beyond the largest
  const float middle = below + (above - below) / 2;
  if (magnitude > middle || (magnitude == middle && (low & 1) != 0)) {
    ++code;
  }
  if (code > format.largest || std::isinf(value)) {
    const bool holds = saturate || (format.nan < 0 && format.infinity < 0);
    code = holds ? format.largest : format.infinity >= 0 ? format.infinity : format.nan;
    if (!holds && format.unsignedZero) {
      return static_cast<uint8_t>(format.nan);
    }
  }
  return static_cast<uint8_t>(code == 0 && format.unsignedZero ? 0 : sign | code);
}

} // namespace clew::onnx

// Plain loops that every compiler turns into vector code: adding and subtracting 1.5 * 2^23 rounds a small float half to even
// without an instruction that baseline x86-64 lacks.
#include "runtime/cpu/Quantize.h"

#include <bit>

namespace clew {
namespace {

/// Round half to even for |value| < 2^22.
float roundEven(float value) {
  constexpr float magic = 12582912.0F;
  return (value + magic) - magic;
}

float quantized(float weight, float scale) {
  float rounded = roundEven(weight / scale);
  // Written so that a not-a-number fails the comparison and takes the constant.
  rounded = rounded > -127.0F ? rounded : -127.0F;
  return rounded < 127.0F ? rounded : 127.0F;
}

template <typename T> void quantizeInto(const float *weights, int64_t depth, float scale, T *target) {
  if (scale == 0) {
    for (int64_t i = 0; i < depth; ++i) {
      target[i] = 0;
    }
    return;
  }
  for (int64_t i = 0; i < depth; ++i) {
    target[i] = static_cast<T>(quantized(weights[i], scale));
  }
}

} // namespace

float channelScale(const float *weights, int64_t depth) {
  // Magnitudes of floats order like their bits, and integers may be compared in any order: this loop becomes vector code.
  uint32_t most = 0;
  for (int64_t i = 0; i < depth; ++i) {
    uint32_t bits = std::bit_cast<uint32_t>(weights[i]) & 0x7fffffff;
    most = bits > most ? bits : most;
  }
  return std::bit_cast<float>(most) / 127.0F;
}

void quantizeChannel(const float *weights, int64_t depth, float scale, int8_t *target) {
  quantizeInto(weights, depth, scale, target);
}

void quantizeChannel(const float *weights, int64_t depth, float scale, float *target) {
  quantizeInto(weights, depth, scale, target);
}

int32_t channelSum(const float *weights, int64_t depth, float scale) {
  if (scale == 0) {
    return 0;
  }
  int32_t sum = 0;
  for (int64_t i = 0; i < depth; ++i) {
    sum += static_cast<int32_t>(quantized(weights[i], scale));
  }
  return sum;
}

void roundToBF16(const float *source, int64_t count, float *target) {
  for (int64_t i = 0; i < count; ++i) {
    auto bits = std::bit_cast<uint32_t>(source[i]);
    uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000;
    uint32_t quiet = (bits & 0xffff0000) | 0x400000;
    target[i] = std::bit_cast<float>((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
  }
}

} // namespace clew

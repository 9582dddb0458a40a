// Vectors: loops over floats that compilers turn into vector code, in versions for several instruction sets of which the CPU's best runs.
// Sums keep their order, so that a version changes the last bits and nothing else.
#pragma once

#include "runtime/base/NormalTail.h"

#include <bit>
#include <cstdint>

#if defined(__x86_64__) && defined(__clang__)
#define CLEW_VECTORS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#elif defined(__x86_64__)
#define CLEW_VECTORS __attribute__((optimize("O3"), target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLEW_VECTORS
#endif

namespace clew {

/// exp(x) to 2 units in the last place, for x from -87 to 88 and cut to that range. Cephes' polynomial.
[[gnu::always_inline]] inline float fastExp(float x) {
  x = x > 88.0F ? 88.0F : x < -87.0F ? -87.0F : x;     // NaN stays
  const float shifted = x * 1.44269504F + 12582912.0F; // 1.5 * 2^23: rounds to whole numbers
  const float power = shifted - 12582912.0F;
  const float r = (x - power * 0.693359375F) + power * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  const uint32_t exponent = (std::bit_cast<uint32_t>(shifted) << 23) + 0x3F800000U;
  return p * std::bit_cast<float>(exponent);
}

[[gnu::always_inline]] inline float fastSigmoid(float x) { return 1.0F / (1.0F + fastExp(-x)); }

/// Near 0, where 1 - 2 / (exp(2x) + 1) loses digits, a polynomial.
[[gnu::always_inline]] inline float fastTanh(float x) {
  const float far = 1.0F - 2.0F / (fastExp(2.0F * x) + 1.0F);
  const float s = x * x;
  const float near =
      x + x * s *
              ((((-5.70498872745e-3F * s + 2.06390887954e-2F) * s - 5.37397155531e-2F) * s + 1.33314422036e-1F) * s -
               3.33332819422e-1F);
  return s < 0.390625F ? near : far;
}

/// 1 - P(|x|) and P of the standard normal distribution, to 2e-7.
[[gnu::always_inline]] inline float normalTail(float x) {
  const float positive = x < 0 ? -x : x;
  const float t = (positive < static_cast<float>(kNormalTailEnd) ? positive : static_cast<float>(kNormalTailEnd)) *
                      static_cast<float>(2 / kNormalTailEnd) -
                  1.0F;
  float q = 0;
  for (const double coefficient : kNormalTail) {
    q = q * t + static_cast<float>(coefficient);
  }
  return q;
}
[[gnu::always_inline]] inline float normalShare(float x) { return x < 0 ? normalTail(x) : 1.0F - normalTail(x); }

/// Sums, or maxima, side by side: in an order that vectors keep.
inline constexpr int64_t kLanes = 16;
using Lanes = float[kLanes];

[[gnu::always_inline]] inline float sumOf(const Lanes &part) {
  float sum = 0;
  for (const float one : part) {
    sum += one;
  }
  return sum;
}

/// The sum of term(i) over 0 <= i < count.
template <typename Term> [[gnu::always_inline]] inline float laneSum(int64_t count, Term term) {
  Lanes part = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      part[lane] += term(i + lane);
    }
  }
  for (; i < count; ++i) {
    part[0] += term(i);
  }
  return sumOf(part);
}

} // namespace clew

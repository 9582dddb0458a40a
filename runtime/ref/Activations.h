// Activations: functions of one element, and what each means. One row here gives an op its numbers on the ref target and its name in YAML
// (zoo/OpTable.cpp); the dialect (compiler/nn/NNOps.td) and its loop (compiler/kernel/generate/ElementLoops.cpp) are the other two places.
#pragma once

#include <cmath>
#include <iterator>
#include <numbers>
#include <optional>
#include <string_view>

namespace clew::ref {

template <typename T> T gelu(T x) { return x / 2 * (1 + std::erf(x / std::numbers::sqrt2_v<T>)); }

template <typename T> T geluTanh(T x) {
  const T slope = std::numbers::sqrt2_v<T> * std::numbers::inv_sqrtpi_v<T>; // sqrt(2/pi)
  return x / 2 * (1 + std::tanh(slope * (x + T(0.044715) * x * x * x)));
}

template <typename T> T hyperbolicTangent(T x) { return std::tanh(x); }

template <typename T> T relu(T x) { return x < 0 ? T(0) : x; } // NaN stays NaN

template <typename T> T sigmoid(T x) { return 1 / (1 + std::exp(-x)); }

template <typename T> T silu(T x) { return x / (1 + std::exp(-x)); }

// Their derivatives.

template <typename T> T geluSlope(T x) {
  const T density = std::numbers::inv_sqrtpi_v<T> / std::numbers::sqrt2_v<T> * std::exp(-x * x / 2);
  return (1 + std::erf(x / std::numbers::sqrt2_v<T>)) / 2 + x * density;
}

template <typename T> T geluTanhSlope(T x) {
  const T slope = std::numbers::sqrt2_v<T> * std::numbers::inv_sqrtpi_v<T>;
  const T inner = std::tanh(slope * (x + T(0.044715) * x * x * x));
  return (1 + inner) / 2 + x / 2 * (1 - inner * inner) * slope * (1 + T(0.134145) * x * x);
}

template <typename T> T tanhSlope(T x) { return 1 - std::tanh(x) * std::tanh(x); }

template <typename T> T reluSlope(T x) { return x > 0 ? T(1) : std::isnan(x) ? x : T(0); } // 0 at 0

template <typename T> T sigmoidSlope(T x) { return sigmoid(x) * (1 - sigmoid(x)); }

template <typename T> T siluSlope(T x) { return sigmoid(x) * (1 + x * (1 - sigmoid(x))); }

struct Activation {
  std::string_view name; ///< of the op
  double (*f64)(double);
  float (*f32)(float);
  double (*slopeF64)(double); ///< its derivative
  float (*slopeF32)(float);
};

inline constexpr Activation kActivations[] = {
    {"gelu", gelu, gelu, geluSlope, geluSlope},
    {"gelu_tanh", geluTanh, geluTanh, geluTanhSlope, geluTanhSlope},
    {"tanh", hyperbolicTangent, hyperbolicTangent, tanhSlope, tanhSlope},
    {"relu", relu, relu, reluSlope, reluSlope},
    {"sigmoid", sigmoid, sigmoid, sigmoidSlope, sigmoidSlope},
    {"silu", silu, silu, siluSlope, siluSlope},
};

/// The place of the activation of this name in kActivations; nothing if there is none.
constexpr std::optional<size_t> activationNumber(std::string_view name) {
  for (size_t number = 0; number < std::size(kActivations); ++number) {
    if (kActivations[number].name == name) {
      return number;
    }
  }
  return std::nullopt;
}

} // namespace clew::ref

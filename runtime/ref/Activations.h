// Activations: functions of one element, and what each means. One row here gives an op its numbers on the ref target and its name in YAML
// (zoo/OpTable.cpp); the dialect (compiler/nn/NNOps.td) and its loop (compiler/kernel/generate/ElementLoops.cpp) are the other two places.
#pragma once

#include <cmath>
#include <numbers>
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

struct Activation {
  std::string_view name; ///< of the op
  double (*f64)(double);
  float (*f32)(float);
};

inline constexpr Activation kActivations[] = {
    {"gelu", gelu, gelu}, {"gelu_tanh", geluTanh, geluTanh}, {"tanh", hyperbolicTangent, hyperbolicTangent},
    {"relu", relu, relu}, {"sigmoid", sigmoid, sigmoid},     {"silu", silu, silu},
};

} // namespace clew::ref

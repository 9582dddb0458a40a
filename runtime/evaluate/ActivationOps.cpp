// Functions of one number, each with its attributes. Those that language models take their time in run over vectors (runtime/cpu/Vectors.h).
#include "runtime/cpu/Vectors.h"
#include "runtime/evaluate/Elementwise.h"

#include <cmath>
#include <numbers>

namespace clew::onnx {
namespace {

/// y = f(x) for float and double, in the input's buffer where that is free.
template <typename F> void each(Call &call, F f) {
  const Array &x = call.in(0);
  Array *to = call.ok() ? call.outOver(0, 0, x.type, x.dims) : nullptr;
  if (to && !withReal(x.type, [&]<typename T>() { mapEach<T, T>(x, *to, call.threads, f); })) {
    call.refuseType(x.type);
  }
}

template <auto f> void plain(Call &call) {
  each(call, [](auto x) { return f(x); });
}

/// The same with a loop for floats that becomes vectors.
template <auto f, void loop(const float *, float *, int64_t)> void fast(Call &call) {
  const Array &x = call.in(0);
  if (!call.ok() || x.type != DataType::Float) {
    plain<f>(call);
    return;
  }
  if (Array *to = call.outOver(0, 0, x.type, x.dims)) {
    inParallel(call.threads, x.count(), 8192,
               [&](int64_t begin, int64_t end) { loop(x.as<float>() + begin, to->to<float>() + begin, end - begin); });
  }
}

CLEW_VECTORS void tanhLoop(const float *x, float *y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    y[i] = fastTanh(x[i]);
  }
}
CLEW_VECTORS void sigmoidLoop(const float *x, float *y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    y[i] = fastSigmoid(x[i]);
  }
}
CLEW_VECTORS void erfLoop(const float *x, float *y, int64_t count) {
  for (int64_t i = 0; i < count;
       ++i) { // erf(x) = 1 - 2 P(N > x sqrt 2); small ones by their series, which keeps digits
    const float s = x[i] * x[i];
    const float near =
        x[i] * (1.12837917F + s * (-0.376126389F + s * (0.112837917F + s * (-0.0268661706F + s * 0.00522397762F))));
    const float far = 2.0F * normalShare(x[i] * 1.41421356F) - 1.0F;
    y[i] = s < 0.09F ? near : far;
  }
}
CLEW_VECTORS void geluLoop(const float *x, float *y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    y[i] = x[i] * normalShare(x[i]);
  }
}

template <typename T> T sigmoidOf(T x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }
template <typename T> T geluOf(T x) { return x / 2 * (1 + std::erf(x * std::numbers::sqrt2_v<T> / 2)); }
template <typename T> T softplusOf(T x) { return std::max(x, T{0}) + std::log1p(std::exp(-std::abs(x))); }

void gelu(Call &call) {
  const std::string form = call.text("approximate", "none");
  if (!call.need(form == "none" || form == "tanh", "expected the approximation none or tanh")) {
    return;
  }
  if (form == "none") {
    fast<[](auto x) { return geluOf(x); }, geluLoop>(call);
  } else {
    each(call, [](auto x) {
      using T = decltype(x);
      return x / 2 * (1 + std::tanh(std::sqrt(T{2} / std::numbers::pi_v<T>) * (x + T(0.044715) * x * x * x)));
    });
  }
}

void elu(Call &call) {
  each(call, [alpha = call.real("alpha", 1)](auto x) { return x < 0 ? decltype(x)(alpha) * std::expm1(x) : x; });
}
void celu(Call &call) {
  each(call, [alpha = call.real("alpha", 1)](auto x) {
    using T = decltype(x);
    return std::max(T{0}, x) + std::min(T{0}, T(alpha) * std::expm1(x / T(alpha)));
  });
}
void selu(Call &call) {
  each(call, [alpha = call.real("alpha", 1.67326319217681884765625F),
              gamma = call.real("gamma", 1.05070102214813232421875F)](auto x) {
    using T = decltype(x);
    return T(gamma) * (x > 0 ? x : T(alpha) * std::expm1(x));
  });
}
void leakyRelu(Call &call) {
  each(call, [alpha = call.real("alpha", 0.01F)](auto x) { return x < 0 ? decltype(x)(alpha) * x : x; });
}
void thresholdedRelu(Call &call) {
  each(call, [alpha = call.real("alpha", 1)](auto x) { return x > decltype(x)(alpha) ? x : decltype(x){0}; });
}
void hardSigmoid(Call &call) {
  each(call, [alpha = call.real("alpha", 0.2F), beta = call.real("beta", 0.5F)](auto x) {
    using T = decltype(x);
    return std::max(T{0}, std::min(T{1}, T(alpha) * x + T(beta)));
  });
}
void hardSwish(Call &call) {
  each(call, [](auto x) {
    using T = decltype(x);
    return x * std::max(T{0}, std::min(T{1}, x / T{6} + T(0.5)));
  });
}
void shrink(Call &call) {
  const Array &x = call.in(0);
  Array *to = call.ok() ? call.out(0, x.type, x.dims) : nullptr;
  const float lambda = call.real("lambd", 0.5F);
  const float bias = call.real("bias", 0);
  if (to && !withNumber(x.type, [&]<typename T>() {
        mapEach<T, T>(x, *to, call.threads, [=](T v) {
          const auto w = static_cast<double>(v);
          return w < -lambda ? numberOf<T>(w + bias) : w > lambda ? numberOf<T>(w - bias) : T{0};
        });
      })) {
    call.refuseType(x.type);
  }
}
void swish(Call &call) {
  each(call, [alpha = call.real("alpha", 1)](auto x) { return x * sigmoidOf(decltype(x)(alpha) * x); });
}

/// PRelu: slope is broadcast to x.
void prelu(Call &call) {
  const Array &x = call.in(0);
  const Array &slope = call.in(1);
  const Shape dims = call.ok() ? broadcast(call, x.dims, slope.dims) : Shape();
  if (!call.ok() || !call.need(dims == x.dims && slope.type == x.type, "expected slopes that are broadcast to x")) {
    return;
  }
  Array *to = call.out(0, x.type, dims);
  if (to && !withNumber(x.type, [&]<typename T>() {
        combine<T, T>(x, slope, *to, call.threads, [](T v, T s) { return v < T{0} ? static_cast<T>(s * v) : v; });
      })) {
    call.refuseType(x.type);
  }
}

/// Functions of any number: of integers, too.
template <typename F> void anyNumber(Call &call, F f) {
  const Array &x = call.in(0);
  Array *to = call.ok() ? call.outOver(0, 0, x.type, x.dims) : nullptr;
  if (to && !withNumber(x.type, [&]<typename T>() { mapEach<T, T>(x, *to, call.threads, f); })) {
    call.refuseType(x.type);
  }
}
void absolute(Call &call) {
  anyNumber(call, [](auto x) {
    using T = decltype(x);
    if constexpr (std::is_unsigned_v<T>) {
      return x;
    } else if constexpr (std::is_floating_point_v<T>) {
      return std::abs(x);
    } else {
      return x < 0 ? static_cast<T>(-static_cast<std::make_unsigned_t<T>>(x)) : x;
    }
  });
}
void negate(Call &call) {
  anyNumber(call, [](auto x) {
    using T = decltype(x);
    if constexpr (std::is_floating_point_v<T>) {
      return -x;
    } else {
      return static_cast<T>(-static_cast<std::make_unsigned_t<T>>(x));
    }
  });
}
void sign(Call &call) {
  anyNumber(call, [](auto x) {
    using T = decltype(x);
    return static_cast<T>(x != x ? x : x > T{0} ? T{1} : x < T{0} ? static_cast<T>(-1) : T{0});
  });
}
void relu(Call &call) {
  anyNumber(call, [](auto x) { return x < decltype(x){0} ? decltype(x){0} : x; });
}

void isNan(Call &call) {
  const Array &x = call.in(0);
  Array *to = call.ok() ? call.out(0, DataType::Bool, x.dims) : nullptr;
  if (to && !withReal(x.type, [&]<typename T>() {
        mapEach<T, uint8_t>(x, *to, call.threads, [](T v) -> uint8_t { return std::isnan(v); });
      })) {
    call.refuseType(x.type);
  }
}
void isInf(Call &call) {
  const Array &x = call.in(0);
  Array *to = call.ok() ? call.out(0, DataType::Bool, x.dims) : nullptr;
  const bool negative = call.integer("detect_negative", 1) != 0;
  const bool positive = call.integer("detect_positive", 1) != 0;
  if (to && !withReal(x.type, [&]<typename T>() {
        mapEach<T, uint8_t>(x, *to, call.threads,
                            [=](T v) -> uint8_t { return std::isinf(v) && (v < 0 ? negative : positive); });
      })) {
    call.refuseType(x.type);
  }
}

} // namespace

void addActivationOps(OpTable &table) {
  const auto math = [&](const char *name, void (*run)(Call &)) { table[name] = {run, "", 1}; };
  math("Acos", plain<[](auto x) { return std::acos(x); }>);
  math("Acosh", plain<[](auto x) { return std::acosh(x); }>);
  math("Asin", plain<[](auto x) { return std::asin(x); }>);
  math("Asinh", plain<[](auto x) { return std::asinh(x); }>);
  math("Atan", plain<[](auto x) { return std::atan(x); }>);
  math("Atanh", plain<[](auto x) { return std::atanh(x); }>);
  math("Ceil", plain<[](auto x) { return std::ceil(x); }>);
  math("Cos", plain<[](auto x) { return std::cos(x); }>);
  math("Cosh", plain<[](auto x) { return std::cosh(x); }>);
  math("Erf", fast<[](auto x) { return std::erf(x); }, erfLoop>);
  math("Exp", plain<[](auto x) { return std::exp(x); }>);
  math("Floor", plain<[](auto x) { return std::floor(x); }>);
  math("Log", plain<[](auto x) { return std::log(x); }>);
  math("Mish", plain<[](auto x) { return x * std::tanh(softplusOf(x)); }>);
  math("Reciprocal", plain<[](auto x) { return 1 / x; }>);
  math("Round", plain<[](auto x) { return std::nearbyint(x); }>);
  math("Sigmoid", fast<[](auto x) { return sigmoidOf(x); }, sigmoidLoop>);
  math("Sin", plain<[](auto x) { return std::sin(x); }>);
  math("Sinh", plain<[](auto x) { return std::sinh(x); }>);
  math("Softplus", plain<[](auto x) { return softplusOf(x); }>);
  math("Softsign", plain<[](auto x) { return x / (1 + std::abs(x)); }>);
  math("Sqrt", plain<[](auto x) { return std::sqrt(x); }>);
  math("Tan", plain<[](auto x) { return std::tan(x); }>);
  math("Tanh", fast<[](auto x) { return std::tanh(x); }, tanhLoop>);
  math("Abs", absolute);
  math("Neg", negate);
  math("Sign", sign);
  math("Relu", relu);
  math("HardSwish", hardSwish);
  math("PRelu", prelu);
  math("IsNaN", isNan);
  table["IsInf"] = {isInf, "detect_negative detect_positive", 1};
  table["Gelu"] = {gelu, "approximate", 1};
  table["Elu"] = {elu, "alpha", 1};
  table["Celu"] = {celu, "alpha", 1};
  table["Selu"] = {selu, "alpha gamma", 1};
  table["LeakyRelu"] = {leakyRelu, "alpha", 1};
  table["ThresholdedRelu"] = {thresholdedRelu, "alpha", 1};
  table["HardSigmoid"] = {hardSigmoid, "alpha beta", 1};
  table["Shrink"] = {shrink, "lambd bias", 1};
  table["Swish"] = {swish, "alpha", 1};
}

} // namespace clew::onnx

// Ops on single elements: add, multiply (with a vector broadcast over rows) and the activations.
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <cmath>
#include <numbers>

namespace clew::ref {

namespace {

template <typename T, typename Function> Result<void> eachElement(const RefCall &call, Function function) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  if (auto ok = require({{isFloat({&x, &y}), "x and the result must be float"},
                         {sameShape(x, y), "the result must have the shape of x"}});
      !ok) {
    return ok;
  }
  std::vector<T> row(static_cast<size_t>(x.columns));
  for (int64_t i = 0; i < x.rows; ++i) {
    loadRow(x, i, row.data());
    for (T &value : row) {
      value = function(value);
    }
    storeRow(y, i, row.data());
  }
  return {};
}

template <typename T, typename Function> Result<void> eachPair(const RefCall &call, Function function) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.operands[1];
  const RefTensor &result = call.results[0];
  const bool broadcast = !sameShape(x, y);
  if (auto ok =
          require({{isFloat({&x, &y, &result}), "operands and result must be float"},
                   {!broadcast || y.elements() == x.columns, "y must have the shape of x, or a value for each column"},
                   {sameShape(x, result), "the result must have the shape of x"}});
      !ok) {
    return ok;
  }
  std::vector<T> left(static_cast<size_t>(x.columns));
  std::vector<T> right(left.size());
  for (int64_t i = 0; i < x.rows; ++i) {
    loadRow(x, i, left.data());
    load(y, broadcast ? 0 : i * x.columns, x.columns, right.data());
    for (size_t j = 0; j < left.size(); ++j) {
      left[j] = function(left[j], right[j]);
    }
    storeRow(result, i, left.data());
  }
  return {};
}

} // namespace

template <typename T> Result<void> add(const RefCall &call) {
  return eachPair<T>(call, [](T x, T y) { return x + y; });
}

template <typename T> Result<void> multiply(const RefCall &call) {
  return eachPair<T>(call, [](T x, T y) { return x * y; });
}

template <typename T> Result<void> gelu(const RefCall &call) {
  return eachElement<T>(call, [](T x) { return x / 2 * (1 + std::erf(x / std::numbers::sqrt2_v<T>)); });
}

template <typename T> Result<void> geluTanh(const RefCall &call) {
  return eachElement<T>(call, [](T x) {
    const T slope = std::numbers::sqrt2_v<T> * std::numbers::inv_sqrtpi_v<T>; // sqrt(2/pi)
    return x / 2 * (1 + std::tanh(slope * (x + T(0.044715) * x * x * x)));
  });
}

template <typename T> Result<void> hyperbolicTangent(const RefCall &call) {
  return eachElement<T>(call, [](T x) { return std::tanh(x); });
}

template <typename T> Result<void> relu(const RefCall &call) {
  return eachElement<T>(call, [](T x) { return x < 0 ? T(0) : x; }); // NaN stays NaN
}

template <typename T> Result<void> sigmoid(const RefCall &call) {
  return eachElement<T>(call, [](T x) { return 1 / (1 + std::exp(-x)); });
}

template <typename T> Result<void> identity(const RefCall &call) {
  return eachElement<T>(call, [](T x) { return x; });
}

#define CLEW_BOTH(NAME)                                                                                                \
  template Result<void> NAME<double>(const RefCall &);                                                                 \
  template Result<void> NAME<float>(const RefCall &)
CLEW_BOTH(add);
CLEW_BOTH(multiply);
CLEW_BOTH(gelu);
CLEW_BOTH(geluTanh);
CLEW_BOTH(hyperbolicTangent);
CLEW_BOTH(relu);
CLEW_BOTH(sigmoid);
CLEW_BOTH(identity);
#undef CLEW_BOTH

} // namespace clew::ref

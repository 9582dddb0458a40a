// Ops on single elements: add, subtract, multiply (with a vector for every row, or a number for all) and the activations.
#include "runtime/ref/Activations.h"
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <array>
#include <utility>

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
  const bool isRow = !sameShape(x, y) && y.elements() == x.columns;
  const bool isNumber = !sameShape(x, y) && !isRow && y.elements() == 1;
  if (auto ok = require({{isFloat({&x, &y, &result}), "operands and result must be float"},
                         {sameShape(x, y) || isRow || isNumber,
                          "y must have the shape of x, a value for each column, or one for all"},
                         {sameShape(x, result), "the result must have the shape of x"}});
      !ok) {
    return ok;
  }
  std::vector<T> left(static_cast<size_t>(x.columns));
  std::vector<T> right(left.size());
  for (int64_t i = 0; i < x.rows; ++i) {
    loadRow(x, i, left.data());
    load(y, isRow || isNumber ? 0 : i * x.columns, isNumber ? 1 : x.columns, right.data());
    for (size_t j = 0; j < left.size(); ++j) {
      left[j] = function(left[j], right[isNumber ? 0 : j]);
    }
    storeRow(result, i, left.data());
  }
  return {};
}

} // namespace

template <typename T> Result<void> scale(const RefCall &call) {
  const T factor = static_cast<T>(call.attribute("factor", 1));
  return eachElement<T>(call, [=](T x) { return factor * x; });
}

template <typename T> Result<void> add(const RefCall &call) {
  return eachPair<T>(call, [](T x, T y) { return x + y; });
}

template <typename T> Result<void> subtract(const RefCall &call) {
  return eachPair<T>(call, [](T x, T y) { return x - y; });
}

template <typename T> Result<void> multiply(const RefCall &call) {
  return eachPair<T>(call, [](T x, T y) { return x * y; });
}

template <typename T> Result<void> identity(const RefCall &call) {
  return eachElement<T>(call, [](T x) { return x; });
}

#define CLEW_BOTH(NAME)                                                                                                \
  template Result<void> NAME<double>(const RefCall &);                                                                 \
  template Result<void> NAME<float>(const RefCall &)
CLEW_BOTH(scale);
CLEW_BOTH(add);
CLEW_BOTH(subtract);
CLEW_BOTH(multiply);
CLEW_BOTH(identity);
#undef CLEW_BOTH

namespace {

template <size_t I> Result<void> activateF64(const RefCall &call) {
  return eachElement<double>(call, [](double x) { return kActivations[I].f64(x); });
}

template <size_t I> Result<void> activateF32(const RefCall &call) {
  return eachElement<float>(call, [](float x) { return kActivations[I].f32(x); });
}

template <size_t... I> constexpr auto entriesOf(std::index_sequence<I...>) {
  return std::array{RefEntry{kActivations[I].name, 1, 1, 1, activateF64<I>, activateF32<I>}...};
}

constexpr auto kEntries = entriesOf(std::make_index_sequence<std::size(kActivations)>());

} // namespace

std::span<const RefEntry> activationOps() { return kEntries; }

} // namespace clew::ref

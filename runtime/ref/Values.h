// How ref ops read and write rows of any element type, and how they check their operands. For runtime/ref, and for what computes the same ops
// faster (runtime/cpu/WholeOps.h).
#pragma once

#include "runtime/ref/RefOps.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

namespace clew::ref {

/// Calls `visit` with a typed pointer to element `index` of `view`.
template <typename Visitor> void withElements(const RefTensor &view, int64_t index, Visitor visit) {
  switch (view.dtype) {
  case DType::F64:
    return visit(static_cast<double *>(view.data) + index);
  case DType::F32:
    return visit(static_cast<float *>(view.data) + index);
  case DType::BF16:
    return visit(static_cast<BF16 *>(view.data) + index);
  case DType::I64:
    return visit(static_cast<int64_t *>(view.data) + index);
  case DType::I32:
    return visit(static_cast<int32_t *>(view.data) + index);
  case DType::S8:
    return visit(static_cast<int8_t *>(view.data) + index);
  case DType::U8:
    return visit(static_cast<uint8_t *>(view.data) + index);
  }
}

template <typename To, typename From> To convert(From value) {
  if constexpr (std::is_same_v<From, BF16>) {
    return static_cast<To>(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, BF16>) {
    return BF16(static_cast<float>(value));
  } else {
    return static_cast<To>(value);
  }
}

/// Copies `count` elements from number `index` on into `out`.
template <typename T> void load(const RefTensor &view, int64_t index, int64_t count, T *out) {
  withElements(view, index, [&](const auto *in) {
    for (int64_t i = 0; i < count; ++i) {
      out[i] = convert<T>(in[i]);
    }
  });
}

template <typename T> void loadRow(const RefTensor &view, int64_t row, T *out) {
  load(view, row * view.columns, view.columns, out);
}

/// All elements, row-major.
template <typename T> std::vector<T> loadAll(const RefTensor &view) {
  std::vector<T> values(static_cast<size_t>(view.elements()));
  load(view, 0, view.elements(), values.data());
  return values;
}

/// Rounds to the element type of `view` (to nearest, ties to even). Integers must be in range.
template <typename T> void storeRow(const RefTensor &view, int64_t row, const T *values) {
  withElements(view, row * view.columns, [&](auto *out) {
    for (int64_t i = 0; i < view.columns; ++i) {
      out[i] = convert<std::remove_pointer_t<decltype(out)>>(values[i]);
    }
  });
}

template <typename T> inline constexpr DType kDTypeOf = std::is_same_v<T, double> ? DType::F64 : DType::F32;

inline bool isFloat(const RefTensor &view) {
  return view.dtype == DType::F64 || view.dtype == DType::F32 || view.dtype == DType::BF16;
}
inline bool isFloat(std::initializer_list<const RefTensor *> views) {
  return std::ranges::all_of(views, [](const RefTensor *view) { return isFloat(*view); });
}
inline bool hasShape(const RefTensor &view, int64_t rows, int64_t columns) {
  return view.rows == rows && view.columns == columns;
}
inline bool sameShape(const RefTensor &x, const RefTensor &y) { return hasShape(x, y.rows, y.columns); }

/// Something that must hold, and how to say so.
struct Rule {
  bool holds;
  const char *what;
};

/// BadInput with the first rule that does not hold.
Result<void> require(std::initializer_list<Rule> rules);

/// The offsets of packed sequences with `tokens` tokens in all: [batch + 1], from 0 to tokens, non-decreasing.
Result<std::span<const int32_t>> offsetsOf(const RefTensor &view, int64_t tokens);

/// An attribute that must be a whole number in [least, most].
Result<int64_t> wholeAttribute(const RefCall &call, std::string_view name, double otherwise, int64_t least,
                               int64_t most);

} // namespace clew::ref

// slice, row, buckets, concat, first, gather and window copy bytes from one place to another; nothing is rounded.
#include "runtime/base/DistanceBuckets.h"
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace clew::ref {

namespace {

/// An element of a tensor, and those behind it.
struct Place {
  const RefTensor &tensor;
  int64_t row;
  int64_t column;

  std::byte *data() const {
    const int64_t index = row * tensor.columns + column;
    return static_cast<std::byte *>(tensor.data) + index * static_cast<int64_t>(bytesOf(tensor.dtype));
  }
};

/// Copies `count` elements; one dtype.
void copy(const Place &from, const Place &to, int64_t count) {
  if (count > 0) {
    std::memcpy(to.data(), from.data(), static_cast<size_t>(count) * bytesOf(from.tensor.dtype));
  }
}

} // namespace

Result<void> slice(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  const auto begin = wholeAttribute(call, "begin", 0, 0, x.columns);
  if (!begin) {
    return fail(begin);
  }
  if (auto ok = require(
          {{x.dtype == y.dtype && x.rows == y.rows, "x and the result must have one element type and as many rows"},
           {y.columns <= x.columns - *begin, "the columns must lie inside x"}});
      !ok) {
    return ok;
  }
  for (int64_t i = 0; i < x.rows; ++i) {
    copy({x, i, *begin}, {y, i, 0}, y.columns);
  }
  return {};
}

Result<void> row(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  const auto index = wholeAttribute(call, "index", 0, 0, std::max<int64_t>(x.rows - 1, 0));
  if (!index) {
    return fail(index);
  }
  if (auto ok = require({{x.dtype == y.dtype && x.rows > 0 && y.elements() == x.columns,
                          "the result must be of the element type of the table and as wide"}});
      !ok) {
    return ok;
  }
  copy({x, *index, 0}, {y, 0, 0}, x.columns);
  return {};
}

Result<void> buckets(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  const auto furthest = wholeAttribute(call, "furthest", 0, 1, INT32_MAX);
  const auto causal = wholeAttribute(call, "causal", 0, 0, 1);
  if (!furthest || !causal) {
    return !furthest ? fail(furthest) : fail(causal);
  }
  const int64_t count = *causal != 0 ? x.rows : x.rows / 2;
  if (auto ok = require({{x.dtype == y.dtype && hasShape(y, 2 * *furthest + 1, x.columns),
                          "the result must be like the table, with a row for each distance"},
                         {count >= 2 && *furthest > count / 2, "there must be distances for each bucket"}});
      !ok) {
    return ok;
  }
  for (int64_t distance = -*furthest; distance <= *furthest; ++distance) {
    copy({x, bucketOf(distance, x.rows, *furthest, *causal != 0), 0}, {y, *furthest + distance, 0}, x.columns);
  }
  return {};
}

Result<void> concat(const RefCall &call) {
  const RefTensor &y = call.results[0];
  const auto axis = wholeAttribute(call, "axis", 1, 0, 1);
  if (!axis) {
    return fail(axis);
  }
  int64_t sum = 0;
  bool fits = true;
  for (const RefTensor &x : call.operands) {
    fits = fits && x.dtype == y.dtype && (*axis == 1 ? x.rows == y.rows : x.columns == y.columns);
    sum += *axis == 1 ? x.columns : x.rows;
  }
  if (auto ok =
          require({{fits, "operands and result must agree in element type and along the other axis"},
                   {sum == (*axis == 1 ? y.columns : y.rows), "the result must be as long as the operands together"}});
      !ok) {
    return ok;
  }
  int64_t at = 0;
  for (const RefTensor &x : call.operands) {
    for (int64_t i = 0; i < x.rows; ++i) {
      copy({x, i, 0}, *axis == 1 ? Place{y, i, at} : Place{y, at + i, 0}, x.columns);
    }
    at += *axis == 1 ? x.columns : x.rows;
  }
  return {};
}

Result<void> first(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  const auto offsets = offsetsOf(call.operands[1], x.rows);
  if (!offsets) {
    return fail(offsets);
  }
  const auto batch = static_cast<int64_t>(offsets->size()) - 1;
  if (auto ok = require({{x.dtype == y.dtype, "x and the result must have one element type"},
                         {hasShape(y, batch, x.columns), "the result must be [batch, columns of x]"}});
      !ok) {
    return ok;
  }
  for (int64_t s = 0; s < batch; ++s) {
    if ((*offsets)[static_cast<size_t>(s)] == (*offsets)[static_cast<size_t>(s) + 1]) {
      return fail(ErrorKind::BadInput, "an empty sequence has no first token");
    }
    copy({x, (*offsets)[static_cast<size_t>(s)], 0}, {y, s, 0}, x.columns);
  }
  return {};
}

Result<void> gather(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &rows = call.operands[1];
  const RefTensor &y = call.results[0];
  if (auto ok = require({{rows.dtype == DType::I32 && rows.columns == 1, "rows must be one column of i32"},
                         {x.dtype == y.dtype, "x and the result must have one element type"},
                         {hasShape(y, rows.rows, x.columns), "the result must have a row for each of rows"}});
      !ok) {
    return ok;
  }
  for (int64_t i = 0; i < rows.rows; ++i) {
    const int32_t from = static_cast<const int32_t *>(rows.data)[i];
    if (from < 0 || from >= x.rows) {
      return fail(ErrorKind::BadInput, fmt::format("row {} is none of the {} of x", from, x.rows));
    }
    copy({x, from, 0}, {y, i, 0}, x.columns);
  }
  return {};
}

Result<void> window(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  const auto offsets = offsetsOf(call.operands[1], x.rows);
  const auto size = wholeAttribute(call, "size", 1, 1, INT32_MAX);
  const auto before = wholeAttribute(call, "before", 0, 0, INT32_MAX);
  const bool whole = call.attribute("whole", 0) != 0;
  if (!offsets || !size || !before) {
    return !offsets ? fail(offsets) : !size ? fail(size) : fail(before);
  }
  if (auto ok = require(
          {{x.dtype == y.dtype && x.rows == y.rows, "x and the result must have one element type and as many rows"},
           {y.columns % *size == 0 && y.columns / *size == x.columns, "the result must have size times x's columns"}});
      !ok) {
    return ok;
  }
  std::memset(y.data, 0, static_cast<size_t>(y.elements()) * bytesOf(y.dtype));
  for (size_t s = 0; s + 1 < offsets->size(); ++s) {
    const int64_t begin = (*offsets)[s];
    const int64_t end = (*offsets)[s + 1];
    for (int64_t t = begin; t < end; ++t) {
      const int64_t first = whole ? std::max(std::min(t - *before, end - *size), begin) : t - *before;
      for (int64_t i = 0; i < *size; ++i) {
        const int64_t from = first + i;
        if (from >= begin && from < end) {
          copy({x, from, 0}, {y, t, i * x.columns}, x.columns);
        }
      }
    }
  }
  return {};
}

} // namespace clew::ref

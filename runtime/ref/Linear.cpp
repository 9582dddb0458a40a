// linear on f32, f64, bf16 and s8 operands. Sums run over k in order for each element; the loop over a block of rows is the
// innermost, so that a compiler can use vectors without changing any result.
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

namespace clew::ref {

namespace {

/// y = x W^T + bias, in Sum. bias: N values, or none.
template <typename Sum>
void product(const RefTensor &x, const RefTensor &weight, const std::vector<Sum> &bias, const RefTensor &y) {
  constexpr int64_t block = 64;
  const int64_t inner = x.columns;
  const int64_t width = weight.rows;
  std::vector<Sum> columns(static_cast<size_t>(inner * block));
  std::vector<Sum> row(static_cast<size_t>(inner));
  std::vector<Sum> results(static_cast<size_t>(width * block));
  for (int64_t begin = 0; begin < x.rows; begin += block) {
    const int64_t rows = std::min(block, x.rows - begin);
    for (int64_t i = 0; i < rows; ++i) {
      loadRow(x, begin + i, row.data());
      for (int64_t k = 0; k < inner; ++k) {
        columns[static_cast<size_t>(k * block + i)] = row[static_cast<size_t>(k)];
      }
    }
    for (int64_t n = 0; n < width; ++n) {
      loadRow(weight, n, row.data());
      Sum sums[block] = {};
      for (int64_t k = 0; k < inner; ++k) {
        const Sum w = row[static_cast<size_t>(k)];
        for (int64_t i = 0; i < block; ++i) {
          sums[i] += columns[static_cast<size_t>(k * block + i)] * w;
        }
      }
      const Sum offset = bias.empty() ? Sum(0) : bias[static_cast<size_t>(n)];
      for (int64_t i = 0; i < rows; ++i) {
        results[static_cast<size_t>(i * width + n)] = sums[i] + offset;
      }
    }
    for (int64_t i = 0; i < rows; ++i) {
      storeRow(y, begin + i, results.data() + i * width);
    }
  }
}

} // namespace

template <typename T> Result<void> linear(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &weight = call.operands[1];
  const RefTensor &y = call.results[0];
  const bool hasBias = call.operands.size() > 2;
  const bool integer = x.dtype == DType::S8;
  constexpr int64_t maxInner = INT32_MAX / (128 * 128); // no sum of s8 products leaves i32
  if (auto ok = require({
          {integer || isFloat(x), "x must be f64, f32, bf16 or s8"},
          {weight.dtype == x.dtype, "x and weight must have one element type"},
          {x.columns == weight.columns, "the weight must have as many columns as x"},
          {hasShape(y, x.rows, weight.rows), "the result must have x's rows and a column for each row of the weight"},
          {integer ? y.dtype == DType::I32 : isFloat(y), "the result must be float, or i32 if the operands are s8"},
          {!integer || (!hasBias && x.columns < maxInner), "an s8 product has no bias and at most 131070 columns"},
          {!hasBias || (isFloat(call.operands[2]) && call.operands[2].elements() == weight.rows),
           "the bias must have N values"},
      });
      !ok) {
    return ok;
  }
  if (integer) {
    product<int32_t>(x, weight, {}, y);
  } else {
    product<T>(x, weight, hasBias ? loadAll<T>(call.operands[2]) : std::vector<T>(), y);
  }
  return {};
}

template Result<void> linear<double>(const RefCall &);
template Result<void> linear<float>(const RefCall &);

} // namespace clew::ref

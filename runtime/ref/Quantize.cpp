// Changes of element type: cast, and symmetric s8 with one scale a row.
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <cmath>
#include <limits>

namespace clew::ref {

template <typename T> Result<void> cast(const RefCall &call) {
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
    storeRow(y, i, row.data());
  }
  return {};
}

template <typename T> float quantizeRow(const T *values, int64_t count, int32_t *quantized) {
  T most = 0;
  bool finite = true;
  for (int64_t i = 0; i < count; ++i) {
    finite = finite && std::isfinite(values[i]);
    most = std::max(most, std::abs(values[i]));
  }
  const auto scale = finite ? static_cast<float>(most / 127) : std::numeric_limits<float>::quiet_NaN();
  for (int64_t i = 0; i < count; ++i) {
    // A scale that underflows is 0 as well; one that was rounded down could give 128.
    const T q = scale > 0 ? std::nearbyint(values[i] / static_cast<T>(scale)) : T(0);
    quantized[i] = static_cast<int32_t>(std::clamp(q, T(-127), T(127)));
  }
  return scale;
}

template <typename T> Result<void> quantize(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  const RefTensor *scales = call.result(1);
  if (auto ok = require(
          {{isFloat(x) && y.dtype == DType::S8, "x must be float and the result s8"},
           {sameShape(x, y), "the result must have the shape of x"},
           {scales && scales->dtype == DType::F32 && hasShape(*scales, x.rows, 1), "scales must be f32 [rows, 1]"}});
      !ok) {
    return ok;
  }
  std::vector<T> row(static_cast<size_t>(x.columns));
  std::vector<int32_t> quantized(row.size());
  for (int64_t i = 0; i < x.rows; ++i) {
    loadRow(x, i, row.data());
    static_cast<float *>(scales->data)[i] = quantizeRow(row.data(), x.columns, quantized.data());
    storeRow(y, i, quantized.data());
  }
  return {};
}

template <typename T> Result<void> dequantize(const RefCall &call) {
  const RefTensor &acc = call.operands[0];
  const RefTensor &y = call.results[0];
  if (auto ok = require({{acc.dtype == DType::I32, "acc must be i32"},
                         {isFloat({&call.operands[1], &call.operands[2], &y}), "scales and result must be float"},
                         {call.operands[1].elements() == acc.rows, "there must be a row scale for each row"},
                         {call.operands[2].elements() == acc.columns, "there must be a column scale for each column"},
                         {sameShape(acc, y), "the result must have the shape of acc"}});
      !ok) {
    return ok;
  }
  const auto rowScales = loadAll<T>(call.operands[1]);
  const auto columnScales = loadAll<T>(call.operands[2]);
  std::vector<T> row(columnScales.size());
  for (int64_t i = 0; i < acc.rows; ++i) {
    loadRow(acc, i, row.data());
    for (size_t j = 0; j < row.size(); ++j) {
      row[j] = row[j] * rowScales[static_cast<size_t>(i)] * columnScales[j];
    }
    storeRow(y, i, row.data());
  }
  return {};
}

template Result<void> cast<double>(const RefCall &);
template Result<void> cast<float>(const RefCall &);
template float quantizeRow<double>(const double *, int64_t, int32_t *);
template float quantizeRow<float>(const float *, int64_t, int32_t *);
template Result<void> quantize<double>(const RefCall &);
template Result<void> quantize<float>(const RefCall &);
template Result<void> dequantize<double>(const RefCall &);
template Result<void> dequantize<float>(const RefCall &);

} // namespace clew::ref

// layer_norm (arXiv:1607.06450), batch_norm (arXiv:1502.03167), softmax and l2_normalize: all look at one row at a time.
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <cmath>

namespace clew::ref {

template <typename T> Result<void> layerNorm(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  const double eps = call.attribute("eps", 1e-12);
  if (auto ok = require({
          {isFloat({&x, &call.operands[1], &call.operands[2], &y}), "operands and result must be float"},
          {sameShape(x, y), "the result must have the shape of x"},
          {call.operands[1].elements() == x.columns && call.operands[2].elements() == x.columns,
           "weight and bias must have a value for each column of x"},
          {eps >= 0, "eps must not be negative"},
      });
      !ok) {
    return ok;
  }
  const auto weight = loadAll<T>(call.operands[1]);
  const auto bias = loadAll<T>(call.operands[2]);
  std::vector<T> row(weight.size());
  for (int64_t i = 0; i < x.rows; ++i) {
    loadRow(x, i, row.data());
    T mean = 0;
    for (T value : row) {
      mean += value;
    }
    mean /= static_cast<T>(row.size());
    T variance = 0;
    for (T value : row) {
      variance += (value - mean) * (value - mean);
    }
    variance /= static_cast<T>(row.size());
    const T scale = 1 / std::sqrt(variance + static_cast<T>(eps));
    for (size_t j = 0; j < row.size(); ++j) {
      row[j] = (row[j] - mean) * scale * weight[j] + bias[j];
    }
    storeRow(y, i, row.data());
  }
  return {};
}

template <typename T> Result<void> batchNorm(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  const double eps = call.attribute("eps", 1e-5);
  const auto vectors = call.operands.subspan(1);
  if (auto ok =
          require({{isFloat({&x, &y}) && std::ranges::all_of(vectors, [](const RefTensor &v) { return isFloat(v); }),
                    "operands and result must be float"},
                   {sameShape(x, y), "the result must have the shape of x"},
                   {std::ranges::all_of(vectors, [&](const RefTensor &v) { return v.elements() == x.columns; }),
                    "weight, bias, mean and variance must have a value for each column of x"},
                   {eps > 0, "eps must be positive"}});
      !ok) {
    return ok;
  }
  const auto weight = loadAll<T>(vectors[0]);
  const auto bias = loadAll<T>(vectors[1]);
  const auto mean = loadAll<T>(vectors[2]);
  const auto variance = loadAll<T>(vectors[3]);
  std::vector<T> row(weight.size());
  for (int64_t i = 0; i < x.rows; ++i) {
    loadRow(x, i, row.data());
    for (size_t j = 0; j < row.size(); ++j) {
      row[j] = (row[j] - mean[j]) / std::sqrt(variance[j] + static_cast<T>(eps)) * weight[j] + bias[j];
    }
    storeRow(y, i, row.data());
  }
  return {};
}

template <typename T> Result<void> softmax(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  if (auto ok = require({{isFloat({&x, &y}), "x and the result must be float"},
                         {sameShape(x, y), "the result must have the shape of x"}});
      !ok) {
    return ok;
  }
  std::vector<T> row(static_cast<size_t>(x.columns));
  for (int64_t i = 0; i < x.rows && !row.empty(); ++i) {
    loadRow(x, i, row.data());
    const T most = *std::ranges::max_element(row);
    T sum = 0;
    for (T &value : row) {
      value = std::exp(value - most);
      sum += value;
    }
    for (T &value : row) {
      value /= sum;
    }
    storeRow(y, i, row.data());
  }
  return {};
}

template <typename T> Result<void> l2Normalize(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  const double eps = call.attribute("eps", 1e-12);
  if (auto ok = require({{isFloat({&x, &y}), "x and the result must be float"},
                         {sameShape(x, y), "the result must have the shape of x"},
                         {eps > 0, "eps must be positive"}});
      !ok) {
    return ok;
  }
  std::vector<T> row(static_cast<size_t>(x.columns));
  for (int64_t i = 0; i < x.rows; ++i) {
    loadRow(x, i, row.data());
    T squares = 0;
    for (T value : row) {
      squares += value * value;
    }
    const T length = std::sqrt(squares);
    for (T &value : row) {
      value /= length > static_cast<T>(eps) || std::isnan(length) ? length : static_cast<T>(eps);
    }
    storeRow(y, i, row.data());
  }
  return {};
}

template Result<void> l2Normalize<double>(const RefCall &);
template Result<void> l2Normalize<float>(const RefCall &);
template Result<void> batchNorm<double>(const RefCall &);
template Result<void> batchNorm<float>(const RefCall &);
template Result<void> layerNorm<double>(const RefCall &);
template Result<void> layerNorm<float>(const RefCall &);
template Result<void> softmax<double>(const RefCall &);
template Result<void> softmax<float>(const RefCall &);

} // namespace clew::ref

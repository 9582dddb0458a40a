// Losses: one number for a batch, and its gradient by what is judged. Means are over all rows of the batch.
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <cmath>

namespace clew::ref {

namespace {

/// log softmax of a row, in place.
template <typename T> void logSoftmax(std::vector<T> &row) {
  const T most = *std::ranges::max_element(row);
  T sum = 0;
  for (T value : row) {
    sum += std::exp(value - most);
  }
  for (T &value : row) {
    value -= most + std::log(sum);
  }
}

template <typename T> void storeNumber(const RefCall &call, T value) {
  if (call.result(0)) {
    storeRow(call.results[0], 0, &value);
  }
}

Result<void> checkLoss(const RefCall &call, size_t gradients) {
  const RefTensor &x = call.operands[0];
  bool fits = x.columns > 0;
  for (size_t i = 1; i <= gradients; ++i) {
    const RefTensor *result = call.result(i);
    fits = fits && (!result || (isFloat(*result) && sameShape(*result, x)));
  }
  return require({{isFloat(x), "x must be float"},
                  {!call.result(0) || (isFloat(call.results[0]) && call.results[0].elements() == 1),
                   "the loss must be one number"},
                  {fits, "gradients must have the shape of x"}});
}

} // namespace

template <typename T> Result<void> crossEntropy(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &labels = call.operands[1];
  const T smoothing = static_cast<T>(call.attribute("smoothing", 0));
  if (auto ok = checkLoss(call, 1); !ok) {
    return ok;
  }
  if (auto ok =
          require({{labels.dtype == DType::I32 && labels.elements() == x.rows, "labels must be one i32 for each row"},
                   {smoothing >= 0 && smoothing < 1, "smoothing must be from 0 to below 1"}});
      !ok) {
    return ok;
  }
  const auto wanted = loadAll<int32_t>(labels);
  int64_t counted = 0;
  for (int32_t label : wanted) {
    if (auto ok = require({{label >= 0 && label <= x.columns, "a label is not among the columns"}}); !ok) {
      return ok;
    }
    counted += label < x.columns ? 1 : 0;
  }
  const T share = counted > 0 ? T(1) / static_cast<T>(counted) : T(0);
  const T spread = smoothing / static_cast<T>(x.columns);
  T loss = 0;
  std::vector<T> row(static_cast<size_t>(x.columns));
  for (int64_t i = 0; i < x.rows; ++i) {
    const auto label = static_cast<size_t>(wanted[static_cast<size_t>(i)]);
    loadRow(x, i, row.data());
    logSoftmax(row);
    for (size_t j = 0; j < row.size(); ++j) {
      const T target = label == row.size() ? T(0) : spread + (j == label ? 1 - smoothing : T(0));
      loss -= target * row[j] * share;
      row[j] = label == row.size() ? T(0) : (std::exp(row[j]) - target) * share;
    }
    if (call.result(1)) {
      storeRow(*call.result(1), i, row.data());
    }
  }
  storeNumber(call, loss);
  return {};
}

template <typename T> Result<void> softCrossEntropy(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.operands[1];
  const T temperature = static_cast<T>(call.attribute("temperature", 1));
  const bool divergence = call.attribute("divergence", 0) != 0;
  if (auto ok = checkLoss(call, 1); !ok) {
    return ok;
  }
  if (auto ok = require({{isFloat(y) && sameShape(x, y), "x and y must be float, of one shape"},
                         {temperature > 0, "the temperature must be positive"}});
      !ok) {
    return ok;
  }
  const T share = x.rows > 0 ? T(1) / static_cast<T>(x.rows) : T(0);
  T loss = 0;
  std::vector<T> row(static_cast<size_t>(x.columns)), teacher(row.size());
  for (int64_t i = 0; i < x.rows; ++i) {
    loadRow(x, i, row.data());
    loadRow(y, i, teacher.data());
    for (size_t j = 0; j < row.size(); ++j) {
      row[j] /= temperature;
      teacher[j] /= temperature;
    }
    logSoftmax(row);
    logSoftmax(teacher);
    for (size_t j = 0; j < row.size(); ++j) {
      const T target = std::exp(teacher[j]);
      loss += target * ((divergence ? teacher[j] : T(0)) - row[j]) * share * temperature * temperature;
      row[j] = temperature * (std::exp(row[j]) - target) * share;
    }
    if (call.result(1)) {
      storeRow(*call.result(1), i, row.data());
    }
  }
  storeNumber(call, loss);
  return {};
}

template <typename T> Result<void> meanSquare(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.operands[1];
  if (auto ok = checkLoss(call, 2); !ok) {
    return ok;
  }
  if (auto ok = require({{isFloat(y) && sameShape(x, y), "x and y must be float, of one shape"}}); !ok) {
    return ok;
  }
  const T share = x.elements() > 0 ? T(1) / static_cast<T>(x.elements()) : T(0);
  T loss = 0;
  std::vector<T> row(static_cast<size_t>(x.columns)), other(row.size());
  for (int64_t i = 0; i < x.rows; ++i) {
    loadRow(x, i, row.data());
    loadRow(y, i, other.data());
    for (size_t j = 0; j < row.size(); ++j) {
      const T difference = row[j] - other[j];
      loss += difference * difference * share;
      row[j] = 2 * difference * share;
      other[j] = -row[j];
    }
    for (auto [result, values] : {std::pair{call.result(1), &row}, {call.result(2), &other}}) {
      if (result) {
        storeRow(*result, i, values->data());
      }
    }
  }
  storeNumber(call, loss);
  return {};
}

#define CLEW_BOTH(NAME)                                                                                                \
  template Result<void> NAME<double>(const RefCall &);                                                                 \
  template Result<void> NAME<float>(const RefCall &)
CLEW_BOTH(crossEntropy);
CLEW_BOTH(softCrossEntropy);
CLEW_BOTH(meanSquare);
#undef CLEW_BOTH

} // namespace clew::ref

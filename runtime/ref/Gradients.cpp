// Ops of training that work row by row, or sum rows. The gradients are those of Norm.cpp and Elementwise.cpp.
#include "runtime/base/RandomBits.h"
#include "runtime/ref/Activations.h"
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <cmath>

namespace clew::ref {

namespace {

/// Calls `row` with each row of x and dy, to be made that of dx in place of dy. All three have one shape.
template <typename T, typename Row>
Result<void> eachRow(const RefTensor &x, const RefTensor &dy, const RefTensor &dx, Row row) {
  if (auto ok = require({{isFloat({&x, &dy, &dx}), "operands and result must be float"},
                         {sameShape(x, dy) && sameShape(x, dx), "operands and result must have one shape"}});
      !ok) {
    return ok;
  }
  std::vector<T> values(static_cast<size_t>(x.columns));
  std::vector<T> gradients(values.size());
  for (int64_t i = 0; i < x.rows && !values.empty(); ++i) {
    loadRow(x, i, values.data());
    loadRow(dy, i, gradients.data());
    row(values, gradients);
    storeRow(dx, i, gradients.data());
  }
  return {};
}

template <typename T> struct Moments {
  T mean = 0;
  T scale = 0; ///< 1 / sqrt(variance + eps)

  Moments(const std::vector<T> &row, double eps) {
    for (T value : row) {
      mean += value;
    }
    mean /= static_cast<T>(row.size());
    T variance = 0;
    for (T value : row) {
      variance += (value - mean) * (value - mean);
    }
    scale = 1 / std::sqrt(variance / static_cast<T>(row.size()) + static_cast<T>(eps));
  }
};

} // namespace

template <typename T> Result<void> derivative(const RefCall &call) {
  const auto number = wholeAttribute(call, "function", -1, 0, static_cast<int64_t>(std::size(kActivations)) - 1);
  if (!number) {
    return fail(number);
  }
  const Activation &activation = kActivations[*number];
  return eachRow<T>(call.operands[0], call.operands[1], call.results[0],
                    [&](const std::vector<T> &x, std::vector<T> &dy) {
                      for (size_t j = 0; j < x.size(); ++j) {
                        if constexpr (std::is_same_v<T, double>) {
                          dy[j] *= activation.slopeF64(x[j]);
                        } else {
                          dy[j] *= activation.slopeF32(x[j]);
                        }
                      }
                    });
}

template <typename T> Result<void> standardize(const RefCall &call) {
  const double eps = call.attribute("eps", 1e-12);
  return eachRow<T>(call.operands[0], call.operands[0], call.results[0],
                    [&](const std::vector<T> &x, std::vector<T> &y) {
                      const Moments<T> moments(x, eps);
                      for (T &value : y) {
                        value = (value - moments.mean) * moments.scale;
                      }
                    });
}

template <typename T> Result<void> layerNormGradient(const RefCall &call) {
  const double eps = call.attribute("eps", 1e-12);
  if (auto ok = require({{isFloat(call.operands[1]) && call.operands[1].elements() == call.operands[0].columns,
                          "weight must have a value for each column of x"}});
      !ok) {
    return ok;
  }
  const auto weight = loadAll<T>(call.operands[1]);
  return eachRow<T>(
      call.operands[0], call.operands[2], call.results[0], [&](const std::vector<T> &x, std::vector<T> &dy) {
        const Moments<T> moments(x, eps);
        T sum = 0;
        T along = 0;
        for (size_t j = 0; j < x.size(); ++j) {
          dy[j] *= weight[j];
          sum += dy[j];
          along += dy[j] * (x[j] - moments.mean) * moments.scale;
        }
        const T count = static_cast<T>(x.size());
        for (size_t j = 0; j < x.size(); ++j) {
          dy[j] = (dy[j] - sum / count - (x[j] - moments.mean) * moments.scale * along / count) * moments.scale;
        }
      });
}

template <typename T> Result<void> softmaxGradient(const RefCall &call) {
  return eachRow<T>(call.operands[0], call.operands[1], call.results[0],
                    [](const std::vector<T> &y, std::vector<T> &dy) {
                      T along = 0;
                      for (size_t j = 0; j < y.size(); ++j) {
                        along += dy[j] * y[j];
                      }
                      for (size_t j = 0; j < y.size(); ++j) {
                        dy[j] = y[j] * (dy[j] - along);
                      }
                    });
}

template <typename T> Result<void> l2NormalizeGradient(const RefCall &call) {
  const T eps = static_cast<T>(call.attribute("eps", 1e-12));
  return eachRow<T>(call.operands[0], call.operands[1], call.results[0],
                    [&](const std::vector<T> &x, std::vector<T> &dy) {
                      T squares = 0;
                      T along = 0;
                      for (size_t j = 0; j < x.size(); ++j) {
                        squares += x[j] * x[j];
                        along += x[j] * dy[j];
                      }
                      const T length = std::sqrt(squares);
                      for (size_t j = 0; j < x.size(); ++j) {
                        dy[j] = length > eps ? (dy[j] - x[j] * along / squares) / length : dy[j] / eps;
                      }
                    });
}

template <typename T> Result<void> batchNormGradient(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &dy = call.operands[4];
  const auto columns = static_cast<size_t>(x.columns);
  auto vectors = call.operands.subspan(1, 3);
  if (auto ok = require({{isFloat({&x, &dy}) && sameShape(x, dy), "x and dy must be float, of one shape"},
                         {std::ranges::all_of(vectors, [&](const RefTensor &v) { return v.elements() == x.columns; }),
                          "weight, mean and variance must have a value for each column of x"}});
      !ok) {
    return ok;
  }
  const auto weight = loadAll<T>(vectors[0]);
  const auto mean = loadAll<T>(vectors[1]);
  auto scale = loadAll<T>(vectors[2]);
  for (T &value : scale) {
    value = 1 / std::sqrt(value + static_cast<T>(call.attribute("eps", 1e-5)));
  }
  std::vector<T> values(columns), gradients(columns), dweight(columns), dbias(columns);
  for (int64_t i = 0; i < x.rows; ++i) {
    loadRow(x, i, values.data());
    loadRow(dy, i, gradients.data());
    for (size_t j = 0; j < columns; ++j) {
      dweight[j] += gradients[j] * (values[j] - mean[j]) * scale[j];
      dbias[j] += gradients[j];
      gradients[j] *= weight[j] * scale[j];
    }
    if (call.result(0)) {
      storeRow(call.results[0], i, gradients.data());
    }
  }
  for (auto [result, sums] : {std::pair{call.result(1), &dweight}, {call.result(2), &dbias}}) {
    if (result) {
      storeRow(*result, 0, sums->data());
    }
  }
  return {};
}

template <typename T> Result<void> scaleBy(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  if (auto ok = require({{isFloat({&x, &y, &call.operands[1]}), "operands and result must be float"},
                         {sameShape(x, y) && call.operands[1].elements() == 1,
                          "the result must have the shape of x, and the factor must be one number"}});
      !ok) {
    return ok;
  }
  const T factor = loadAll<T>(call.operands[1])[0];
  std::vector<T> row(static_cast<size_t>(x.columns));
  for (int64_t i = 0; i < x.rows; ++i) {
    loadRow(x, i, row.data());
    for (T &value : row) {
      value *= factor;
    }
    storeRow(y, i, row.data());
  }
  return {};
}

template <typename T> Result<void> fill(const RefCall &call) {
  const T value = static_cast<T>(call.attribute("value", 0));
  const std::vector<T> row(static_cast<size_t>(call.results[0].columns), value);
  for (int64_t i = 0; i < call.results[0].rows; ++i) {
    storeRow(call.results[0], i, row.data());
  }
  return {};
}

template <typename T> Result<void> pad(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  const auto begin = wholeAttribute(call, "begin", 0, 0, std::max<int64_t>(y.columns - x.columns, 0));
  if (!begin) {
    return fail(begin);
  }
  if (auto ok =
          require({{isFloat({&x, &y}) && x.rows == y.rows && x.columns <= y.columns, "x must fit into the result"}});
      !ok) {
    return ok;
  }
  for (int64_t i = 0; i < x.rows; ++i) {
    std::vector<T> row(static_cast<size_t>(y.columns));
    loadRow(x, i, row.data() + *begin);
    storeRow(y, i, row.data());
  }
  return {};
}

template <typename T> Result<void> drop(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  const RefTensor &bits = call.operands[1];
  const auto site = wholeAttribute(call, "site", 0, 0, INT32_MAX);
  const double rate = call.attribute("rate", 0);
  if (!site) {
    return fail(site);
  }
  if (auto ok = require({{isFloat({&x, &y}) && sameShape(x, y), "x and the result must be float, of one shape"},
                         {bits.dtype == DType::I32 && bits.elements() == 4, "bits must be four i32"},
                         {rate >= 0 && rate < 1, "rate must be from 0 to below 1"}});
      !ok) {
    return ok;
  }
  RandomState state;
  load(bits, 0, 4, reinterpret_cast<int32_t *>(state.data()));
  const uint32_t threshold = randomThreshold(rate);
  const T factor = static_cast<T>(1 / (1 - rate));
  std::vector<T> row(static_cast<size_t>(x.columns));
  uint64_t index = 0;
  for (int64_t i = 0; i < x.rows; ++i) {
    loadRow(x, i, row.data());
    for (T &value : row) {
      value = randomWord(state, static_cast<uint32_t>(*site), index++) < threshold ? T(0) : value * factor;
    }
    storeRow(y, i, row.data());
  }
  return {};
}

#define CLEW_BOTH(NAME)                                                                                                \
  template Result<void> NAME<double>(const RefCall &);                                                                 \
  template Result<void> NAME<float>(const RefCall &)
CLEW_BOTH(derivative);
CLEW_BOTH(standardize);
CLEW_BOTH(layerNormGradient);
CLEW_BOTH(softmaxGradient);
CLEW_BOTH(l2NormalizeGradient);
CLEW_BOTH(batchNormGradient);
CLEW_BOTH(scaleBy);
CLEW_BOTH(fill);
CLEW_BOTH(pad);
CLEW_BOTH(drop);
#undef CLEW_BOTH

} // namespace clew::ref

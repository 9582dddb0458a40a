// Ops of training that move rows, or sum over them: products with and of gradients, tables, pooling, windows. Those whose result is a
// parameter's gradient add to it where the call says so.
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <numeric>

namespace clew::ref {

namespace {

/// The result's rows: zeros, or with the attribute `accumulate` what is there, to be added to and stored.
template <typename T> std::vector<T> begun(const RefCall &call) {
  const RefTensor &result = call.results[0];
  return call.attribute("accumulate", 0) != 0 ? loadAll<T>(result)
                                              : std::vector<T>(static_cast<size_t>(result.elements()));
}

template <typename T> void finish(const RefTensor &result, const std::vector<T> &values) {
  for (int64_t row = 0; row < result.rows; ++row) {
    storeRow(result, row, values.data() + row * result.columns);
  }
}

/// For each element above, the first and one past the last of those that it holds.
template <typename Visit> Result<void> eachSequence(const RefTensor &offsets, int64_t rows, Visit visit) {
  const auto cuts = offsetsOf(offsets, rows);
  if (!cuts) {
    return fail(cuts);
  }
  for (size_t s = 0; s + 1 < cuts->size(); ++s) {
    visit(static_cast<int64_t>(s), int64_t{(*cuts)[s]}, int64_t{(*cuts)[s + 1]});
  }
  return {};
}

} // namespace

template <typename T> Result<void> matmul(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &weight = call.operands[1];
  const RefTensor &y = call.results[0];
  if (auto ok = require({{isFloat({&x, &weight, &y}), "operands and result must be float"},
                         {x.columns == weight.rows && hasShape(y, x.rows, weight.columns),
                          "expected x [n,N], weight [N,K] and a result [n,K]"}});
      !ok) {
    return ok;
  }
  const auto table = loadAll<T>(weight);
  std::vector<T> row(static_cast<size_t>(x.columns));
  for (int64_t i = 0; i < x.rows; ++i) {
    std::vector<T> sums(static_cast<size_t>(y.columns));
    loadRow(x, i, row.data());
    for (size_t n = 0; n < row.size(); ++n) {
      for (size_t k = 0; k < sums.size(); ++k) {
        sums[k] += row[n] * table[n * sums.size() + k];
      }
    }
    storeRow(y, i, sums.data());
  }
  return {};
}

template <typename T> Result<void> outerSum(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.operands[1];
  const RefTensor &z = call.results[0];
  if (auto ok = require(
          {{isFloat({&x, &y, &z}), "operands and result must be float"},
           {x.rows == y.rows && hasShape(z, x.columns, y.columns), "expected x [n,N], y [n,K] and a result [N,K]"}});
      !ok) {
    return ok;
  }
  std::vector<T> sums = begun<T>(call);
  std::vector<T> left(static_cast<size_t>(x.columns)), right(static_cast<size_t>(y.columns));
  for (int64_t i = 0; i < x.rows; ++i) {
    loadRow(x, i, left.data());
    loadRow(y, i, right.data());
    for (size_t n = 0; n < left.size(); ++n) {
      for (size_t k = 0; k < right.size(); ++k) {
        sums[n * right.size() + k] += left[n] * right[k];
      }
    }
  }
  finish(z, sums);
  return {};
}

template <typename T> Result<void> sumRows(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  if (auto ok = require({{isFloat({&x, &call.results[0]}) && call.results[0].elements() == x.columns,
                          "the result must have a float for each column of x"}});
      !ok) {
    return ok;
  }
  std::vector<T> sums = begun<T>(call);
  std::vector<T> row(sums.size());
  for (int64_t i = 0; i < x.rows; ++i) {
    loadRow(x, i, row.data());
    for (size_t j = 0; j < row.size(); ++j) {
      sums[j] += row[j];
    }
  }
  finish(call.results[0], sums);
  return {};
}

template <typename T> Result<void> sum(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  if (auto ok = require({{isFloat({&x, &call.results[0]}) && call.results[0].elements() == 1,
                          "x must be float, and the result one number"}});
      !ok) {
    return ok;
  }
  const auto values = loadAll<T>(x);
  finish(call.results[0], std::vector<T>{std::accumulate(values.begin(), values.end(), T(0))});
  return {};
}

template <typename T> Result<void> accumulate(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &sum = call.results[0];
  if (auto ok = require({{isFloat({&x, &sum}) && x.elements() == sum.elements(), "both must be float, of one size"}});
      !ok) {
    return ok;
  }
  const auto more = loadAll<T>(x);
  std::vector<T> values = loadAll<T>(sum);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] += more[i];
  }
  finish(sum, values);
  return {};
}

template <typename T> Result<void> embeddingGradient(const RefCall &call) {
  const RefTensor &ids = call.operands[0];
  const RefTensor &dy = call.operands[1];
  const RefTensor &table = call.results[0];
  const auto start = wholeAttribute(call, "start", 0, 0, INT32_MAX);
  if (!start) {
    return fail(start);
  }
  if (auto ok = require(
          {{isFloat({&dy, &table}) && dy.columns == table.columns, "dy and the table must be float, of one width"},
           {ids.dtype == DType::I32 && ids.elements() == dy.rows, "ids must be one i32 for each row of dy"}});
      !ok) {
    return ok;
  }
  std::vector<T> sums = begun<T>(call);
  const auto rows = loadAll<int32_t>(ids);
  std::vector<T> row(static_cast<size_t>(dy.columns));
  for (int64_t i = 0; i < dy.rows; ++i) {
    const int64_t to = rows[static_cast<size_t>(i)] + *start;
    if (auto ok = require({{to >= 0 && to < table.rows, "an id is not in the table"}}); !ok) {
      return ok;
    }
    loadRow(dy, i, row.data());
    for (size_t j = 0; j < row.size(); ++j) {
      sums[static_cast<size_t>(to) * row.size() + j] += row[j];
    }
  }
  finish(table, sums);
  return {};
}

template <typename T> Result<void> spread(const RefCall &call) {
  const RefTensor &dy = call.operands[0];
  const RefTensor &dx = call.results[0];
  const auto pool = wholeAttribute(call, "pool", 0, 0, 2); // first, last, mean
  if (!pool) {
    return fail(pool);
  }
  if (auto ok = require({{isFloat({&dy, &dx}) && dy.columns == dx.columns && call.operands[1].elements() == dy.rows + 1,
                          "dy must have a row for each element above, as wide as the result"}});
      !ok) {
    return ok;
  }
  std::vector<T> row(static_cast<size_t>(dy.columns));
  const std::vector<T> zeros(row.size());
  return eachSequence(call.operands[1], dx.rows, [&](int64_t s, int64_t begin, int64_t end) {
    loadRow(dy, s, row.data());
    if (*pool == 2) {
      for (T &value : row) {
        value /= static_cast<T>(end - begin);
      }
    }
    for (int64_t t = begin; t < end; ++t) {
      const bool here = *pool == 2 || t == (*pool == 0 ? begin : end - 1);
      storeRow(dx, t, here ? row.data() : zeros.data());
    }
  });
}

template <typename T> Result<void> maxGradient(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &dy = call.operands[1];
  const RefTensor &dx = call.results[0];
  if (auto ok = require({{isFloat({&x, &dy, &dx}) && sameShape(x, dx) && dy.columns == x.columns &&
                              call.operands[2].elements() == dy.rows + 1,
                          "expected x and a result of one shape, and dy with a row for each element above"}});
      !ok) {
    return ok;
  }
  const auto values = loadAll<T>(x);
  std::vector<T> gradients(values.size());
  const auto columns = static_cast<size_t>(x.columns);
  std::vector<T> row(columns);
  auto done = eachSequence(call.operands[2], x.rows, [&](int64_t s, int64_t begin, int64_t end) {
    loadRow(dy, s, row.data());
    for (size_t j = 0; j < columns && begin < end; ++j) {
      auto best = static_cast<size_t>(begin);
      for (auto t = best + 1; t < static_cast<size_t>(end); ++t) {
        best = values[t * columns + j] > values[best * columns + j] ? t : best;
      }
      gradients[best * columns + j] = row[j];
    }
  });
  finish(dx, gradients);
  return done;
}

template <typename T> Result<void> shift(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  const RefTensor *initial = call.operands.size() > 2 ? &call.operands[2] : nullptr;
  const bool reverse = call.attribute("reverse", 0) != 0;
  const int64_t holders = call.operands[1].elements() - 1;
  if (auto ok = require({{isFloat({&x, &y}) && sameShape(x, y), "x and the result must be float, of one shape"},
                         {!initial || (isFloat(*initial) && initial->columns == x.columns &&
                                       (initial->rows == 1 || initial->rows == holders)),
                          "what stands before the first row must be one row, or one for each element above"}});
      !ok) {
    return ok;
  }
  std::vector<T> row(static_cast<size_t>(x.columns));
  return eachSequence(call.operands[1], x.rows, [&](int64_t s, int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      const int64_t from = reverse ? t + 1 : t - 1;
      std::ranges::fill(row, T(0));
      if (from >= begin && from < end) {
        loadRow(x, from, row.data());
      } else if (initial) {
        loadRow(*initial, initial->rows == 1 ? 0 : s, row.data());
      }
      storeRow(y, t, row.data());
    }
  });
}

template <typename T> Result<void> windowGradient(const RefCall &call) {
  const RefTensor &dy = call.operands[0];
  const RefTensor &dx = call.results[0];
  const auto size = wholeAttribute(call, "size", 0, 1, INT32_MAX);
  const auto before = wholeAttribute(call, "before", 0, 0, INT32_MAX);
  const bool whole = call.attribute("whole", 0) != 0;
  if (!size || !before) {
    return !size ? fail(size) : fail(before);
  }
  if (auto ok = require({{isFloat({&dy, &dx}) && hasShape(dy, dx.rows, dx.columns * *size),
                          "dy must have `size` rows of the result side by side"}});
      !ok) {
    return ok;
  }
  std::vector<T> sums(static_cast<size_t>(dx.elements()));
  std::vector<T> row(static_cast<size_t>(dy.columns));
  const auto columns = static_cast<size_t>(dx.columns);
  auto done = eachSequence(call.operands[1], dx.rows, [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      loadRow(dy, t, row.data());
      const int64_t first = whole ? std::max(std::min(t - *before, end - *size), begin) : t - *before;
      for (int64_t k = 0; k < *size; ++k) {
        const int64_t to = first + k;
        for (size_t j = 0; j < columns && to >= begin && to < end; ++j) {
          sums[static_cast<size_t>(to) * columns + j] += row[static_cast<size_t>(k) * columns + j];
        }
      }
    }
  });
  finish(dx, sums);
  return done;
}

#define CLEW_BOTH(NAME)                                                                                                \
  template Result<void> NAME<double>(const RefCall &);                                                                 \
  template Result<void> NAME<float>(const RefCall &)
CLEW_BOTH(matmul);
CLEW_BOTH(outerSum);
CLEW_BOTH(sumRows);
CLEW_BOTH(sum);
CLEW_BOTH(accumulate);
CLEW_BOTH(embeddingGradient);
CLEW_BOTH(spread);
CLEW_BOTH(maxGradient);
CLEW_BOTH(shift);
CLEW_BOTH(windowGradient);
#undef CLEW_BOTH

} // namespace clew::ref

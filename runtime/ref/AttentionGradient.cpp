// The gradient of attention inside each sequence, scores being computed again: with p = exp(score - lse) and
// ds = p (dout . v - dout . out), dq = scale ds k, dk = scale ds q, dv = p dout. arXiv:2205.14135, algorithm 4, without its blocks.
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <cmath>

namespace clew::ref {

namespace {

/// A matrix in the type of sums. An operand that is not there has no rows.
template <typename T> struct Matrix {
  int64_t columns = 0;
  std::vector<T> values = {};

  T *row(int64_t index) { return values.data() + index * columns; }
  static Matrix of(const RefTensor *view) { return view ? Matrix{view->columns, loadAll<T>(*view)} : Matrix{}; }
  static Matrix like(const Matrix &other) { return {other.columns, std::vector<T>(other.values.size())}; }
  bool given() const { return !values.empty(); }
};

/// What attention reads, or the gradients by it.
template <typename T> struct Sides {
  Matrix<T> q, k, v, keys, values, relativeQ;
};

template <typename T> class Backward {
public:
  Backward(Sides<T> given, Matrix<T> out, Matrix<T> lse, Matrix<T> dout, int64_t heads, T scale)
      : x(std::move(given)), out(std::move(out)), lse(std::move(lse)), dout(std::move(dout)), heads(heads),
        scale(scale), d{Matrix<T>::like(x.q),    Matrix<T>::like(x.k),      Matrix<T>::like(x.v),
                        Matrix<T>::like(x.keys), Matrix<T>::like(x.values), Matrix<T>::like(x.relativeQ)} {}

  /// Token i of a sequence that begins at `first` looks at tokens begin..end of it.
  void token(int64_t first, int64_t i, int64_t begin, int64_t end) {
    for (int64_t head = 0; head < heads; ++head) {
      for (int64_t j = begin; j < end; ++j) {
        pair(first, i, j, head);
      }
    }
  }

  Sides<T> takeGradients() { return std::move(d); }

private:
  /// The row of a table for token j as seen from i, at the columns of a head: all share it, or each has its own.
  static T *at(Matrix<T> &table, int64_t i, int64_t j, int64_t head, int64_t size) {
    const int64_t reach = static_cast<int64_t>(table.values.size()) / table.columns / 2;
    return table.row(std::clamp(j - i, -reach, reach) + reach) + (table.columns == size ? 0 : head * size);
  }

  void pair(int64_t first, int64_t i, int64_t j, int64_t head) {
    const int64_t size = x.q.columns / heads;
    const int64_t wide = x.v.columns / heads;
    const T *q = x.q.row(first + i) + head * size;
    const T *k = x.k.row(first + j) + head * size;
    const T *v = x.v.row(first + j) + head * wide;
    const T *g = dout.row(first + i) + head * wide;
    const T *y = out.row(first + i) + head * wide;
    const bool own = x.relativeQ.given();
    const T *seeker = (own ? x.relativeQ : x.q).row(first + i) + head * size;
    const T *key = x.keys.given() ? at(x.keys, i, j, head, size) : nullptr;
    const T *value = x.values.given() ? at(x.values, i, j, head, wide) : nullptr;
    T score = 0;
    for (int64_t c = 0; c < size; ++c) {
      score += q[c] * k[c] + (key ? seeker[c] * key[c] : T(0));
    }
    const T weight = std::exp(score * scale - lse.row(first + i)[head]);
    T along = 0;
    for (int64_t c = 0; c < wide; ++c) {
      along += g[c] * (v[c] + (value ? value[c] : T(0)) - y[c]);
    }
    const T slope = weight * along * scale;
    addTo(d.q.row(first + i) + head * size, k, slope, size);
    addTo(d.k.row(first + j) + head * size, q, slope, size);
    addTo(d.v.row(first + j) + head * wide, g, weight, wide);
    if (key) {
      addTo((own ? d.relativeQ : d.q).row(first + i) + head * size, key, slope, size);
      addTo(at(d.keys, i, j, head, size), seeker, slope, size);
    }
    if (value) {
      addTo(at(d.values, i, j, head, wide), g, weight, wide);
    }
  }

  static void addTo(T *sums, const T *values, T factor, int64_t count) {
    for (int64_t c = 0; c < count; ++c) {
      sums[c] += factor * values[c];
    }
  }

  Sides<T> x;
  Matrix<T> out, lse, dout;
  int64_t heads;
  T scale;
  Sides<T> d;
};

template <typename T> void store(const RefTensor *result, const Matrix<T> &values) {
  for (int64_t row = 0; result && row < result->rows; ++row) {
    storeRow(*result, row, values.values.data() + row * values.columns);
  }
}

Result<void> checkShapes(const RefCall &call, std::span<const RefTensor *const> relative, int64_t heads) {
  const RefTensor &q = call.operands[0];
  const RefTensor &v = call.operands[2];
  const auto rest = call.operands.last(3); // out, lse, dout
  bool results = true;
  const RefTensor *like[] = {&q, &q, &v, relative[0], relative[1], relative[2]};
  for (size_t i = 0; i < std::size(like); ++i) {
    const RefTensor *result = call.result(i);
    results = results && (!result || (like[i] && isFloat(*result) && sameShape(*result, *like[i])));
  }
  auto isTable = [&](const RefTensor *table, const RefTensor &of) {
    return !table || (isFloat(*table) && table->rows % 2 == 1 &&
                      (table->columns == of.columns || table->columns == of.columns / heads));
  };
  return require(
      {{isFloat({&q, &call.operands[1], &v, &rest[0], &rest[1], &rest[2]}), "operands must be float"},
       {sameShape(q, call.operands[1]) && v.rows == q.rows, "q and k must have one shape, and v as many rows"},
       {sameShape(v, rest[0]) && sameShape(v, rest[2]) && hasShape(rest[1], q.rows, heads),
        "out and dout must have the shape of v, and log-sum-exp a value for each head"},
       {q.columns % heads == 0 && v.columns % heads == 0, "the columns must be a multiple of the heads"},
       {isTable(relative[0], q) && isTable(relative[1], v), "tables have an odd number of rows"},
       {!relative[2] || (isFloat(*relative[2]) && sameShape(*relative[2], q) && relative[0]),
        "relative q must have the shape of q, and stand beside relative keys"},
       {results, "results must have the shapes of the operands that they are gradients of"}});
}

} // namespace

template <typename T> Result<void> attentionGradient(const RefCall &call) {
  const auto heads = wholeAttribute(call, "heads", 0, 1, std::max<int64_t>(call.operands[0].columns, 1));
  const auto window = wholeAttribute(call, "window", 0, 0, INT32_MAX);
  const auto present = wholeAttribute(call, "relative", 0, 0, 7);
  const auto offsets = offsetsOf(call.operands[3], call.operands[0].rows);
  if (!heads || !window || !present || !offsets) {
    return !heads ? fail(heads) : !window ? fail(window) : !present ? fail(present) : fail(offsets);
  }
  const RefTensor *relative[3] = {};
  size_t next = 4;
  for (size_t i = 0; i < 3; ++i) {
    relative[i] = (*present >> i & 1) != 0 && next + 3 < call.operands.size() ? &call.operands[next++] : nullptr;
  }
  if (auto ok = require({{next + 3 == call.operands.size(), "'relative' must say which operands there are"}}); !ok) {
    return ok;
  }
  if (auto ok = checkShapes(call, relative, *heads); !ok) {
    return ok;
  }
  const auto rest = call.operands.last(3);
  using M = Matrix<T>;
  const int64_t size = call.operands[0].columns / *heads;
  Backward<T> backward({M::of(&call.operands[0]), M::of(&call.operands[1]), M::of(&call.operands[2]),
                        M::of(relative[0]), M::of(relative[1]), M::of(relative[2])},
                       M::of(&rest[0]), M::of(&rest[1]), M::of(&rest[2]), *heads,
                       static_cast<T>(call.attribute("scale", 1 / std::sqrt(static_cast<double>(size)))));
  const bool causal = call.attribute("causal", 0) != 0;
  for (size_t s = 0; s + 1 < offsets->size(); ++s) {
    const int64_t first = (*offsets)[s];
    const int64_t length = (*offsets)[s + 1] - first;
    for (int64_t i = 0; i < length; ++i) {
      const int64_t begin = *window > 0 ? std::max<int64_t>(0, i - *window + 1) : 0;
      const int64_t end = std::min(causal ? i + 1 : length, *window > 0 ? i + *window : length);
      backward.token(first, i, begin, end);
    }
  }
  const Sides<T> d = backward.takeGradients();
  const Matrix<T> *gradients[] = {&d.q, &d.k, &d.v, &d.keys, &d.values, &d.relativeQ};
  for (size_t i = 0; i < std::size(gradients); ++i) {
    store(call.result(i), *gradients[i]);
  }
  return {};
}

template Result<void> attentionGradient<double>(const RefCall &);
template Result<void> attentionGradient<float>(const RefCall &);

} // namespace clew::ref

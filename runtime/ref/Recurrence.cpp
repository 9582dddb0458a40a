// recurrence, and lstm, which is a linear of all tokens followed by it. The cell is PyTorch's LSTM: with gates i, f, g, o,
//   c = sigmoid(f) c + sigmoid(i) tanh(g),  h = sigmoid(o) tanh(c),  both zero before the first token.
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <cmath>

namespace clew::ref {

namespace {

/// W_hh, transposed to [H][4H] so that the innermost loop runs over gates. Sum: the type of products, int32_t for s8.
template <typename Sum> struct Weights {
  DType dtype;
  std::vector<Sum> transposed;
};

template <typename Sum> Weights<Sum> transpose(const RefTensor &weight) {
  Weights<Sum> weights{weight.dtype, std::vector<Sum>(static_cast<size_t>(weight.elements()))};
  std::vector<Sum> row(static_cast<size_t>(weight.columns));
  for (int64_t n = 0; n < weight.rows; ++n) {
    loadRow(weight, n, row.data());
    for (int64_t k = 0; k < weight.columns; ++k) {
      weights.transposed[static_cast<size_t>(k * weight.rows + n)] = row[static_cast<size_t>(k)];
    }
  }
  return weights;
}

/// h in the form in which it is multiplied, and its scale (1 except for s8).
template <typename T, typename Sum> T prepare(DType dtype, const std::vector<T> &h, std::vector<Sum> &prepared) {
  if constexpr (std::is_same_v<Sum, int32_t>) {
    return static_cast<T>(quantizeRow(h.data(), static_cast<int64_t>(h.size()), prepared.data()));
  } else {
    for (size_t k = 0; k < h.size(); ++k) {
      prepared[k] = dtype == DType::BF16 ? convert<T>(convert<BF16>(h[k])) : h[k];
    }
    return 1;
  }
}

template <typename T> T logistic(T x) { return 1 / (1 + std::exp(-x)); }

/// The tokens of one sequence in the order in which the cell meets them: `step` = 1 or -1 from `first` on.
struct Sequence {
  int64_t index; ///< in the batch
  int64_t first;
  int64_t count;
  int64_t step;
};

/// Runs the cell over the tokens of one sequence.
template <typename T, typename Sum>
void runSequence(const RefCall &call, const RefTensor &gates, const Weights<Sum> &weights, const std::vector<T> &scales,
                 const Sequence &sequence) {
  const auto hidden = static_cast<size_t>(gates.columns / 4);
  std::vector<T> h(hidden), c(hidden), gate(4 * hidden);
  std::vector<Sum> prepared(hidden), sums(4 * hidden);
  int64_t token = sequence.first;
  for (int64_t i = 0; i < sequence.count; ++i, token += sequence.step) {
    loadRow(gates, token, gate.data());
    const T rowScale = prepare(weights.dtype, h, prepared);
    std::ranges::fill(sums, Sum(0));
    for (size_t k = 0; k < hidden; ++k) {
      const Sum *w = weights.transposed.data() + k * 4 * hidden;
      for (size_t n = 0; n < 4 * hidden; ++n) {
        sums[n] += prepared[k] * w[n];
      }
    }
    for (size_t n = 0; n < 4 * hidden; ++n) {
      gate[n] += static_cast<T>(sums[n]) * (scales.empty() ? T(1) : rowScale * scales[n]);
    }
    for (size_t j = 0; j < hidden; ++j) {
      c[j] = logistic(gate[hidden + j]) * c[j] + logistic(gate[j]) * std::tanh(gate[2 * hidden + j]);
      h[j] = logistic(gate[3 * hidden + j]) * std::tanh(c[j]);
    }
    storeRow(call.results[0], token, h.data());
  }
  if (call.result(1)) {
    storeRow(*call.result(1), sequence.index, h.data());
  }
  if (call.result(2)) {
    storeRow(*call.result(2), sequence.index, c.data());
  }
}

template <typename T, typename Sum>
void runAll(const RefCall &call, const RefTensor &gates, const RefTensor &weight, const std::vector<T> &scales,
            std::span<const int32_t> offsets, bool reverse) {
  const auto weights = transpose<Sum>(weight);
  for (size_t s = 0; s + 1 < offsets.size(); ++s) {
    const int64_t begin = offsets[s];
    const int64_t end = offsets[s + 1];
    const Sequence sequence{static_cast<int64_t>(s), reverse ? end - 1 : begin, end - begin, reverse ? -1 : 1};
    runSequence<T, Sum>(call, gates, weights, scales, sequence);
  }
}

/// The checks and the run that recurrence and lstm share. scale: null unless w_hh is s8.
template <typename T>
Result<void> recur(const RefCall &call, const RefTensor &gates, const RefTensor &weight, const RefTensor *scale,
                   const RefTensor &offsetsView) {
  const int64_t hidden = weight.columns;
  const RefTensor &y = call.results[0];
  const auto offsets = offsetsOf(offsetsView, gates.rows);
  const auto asked = wholeAttribute(call, "hidden", static_cast<double>(hidden), 1, INT32_MAX);
  const auto reverse = wholeAttribute(call, "reverse", 0, 0, 1);
  if (!offsets || !asked || !reverse) {
    return !offsets ? fail(offsets) : !asked ? fail(asked) : fail(reverse);
  }
  const auto batch = static_cast<int64_t>(offsets->size()) - 1;
  const RefTensor *last[] = {call.result(1), call.result(2)};
  const bool integer = weight.dtype == DType::S8;
  if (auto ok = require({
          {isFloat({&gates, &y}), "gates and result must be float"},
          {integer || isFloat(weight), "w_hh must be f64, f32, bf16 or s8"},
          {hidden == *asked && weight.rows == 4 * hidden, "w_hh must be [4*hidden, hidden]"},
          {gates.columns == 4 * hidden, "gates must have 4*hidden columns"},
          {hasShape(y, gates.rows, hidden), "the result must be [tokens, hidden]"},
          {integer == (scale != nullptr), "scales are for s8 weights and needed by them"},
          {!integer || hidden < INT32_MAX / (128 * 128), "too many hidden units for sums in i32"},
          {!scale || (isFloat(*scale) && scale->elements() == 4 * hidden), "w_hh needs a scale for each of its rows"},
          {std::ranges::all_of(last, [&](auto *v) { return !v || (isFloat(*v) && hasShape(*v, batch, hidden)); }),
           "hN and cN must be float [batch, hidden]"},
      });
      !ok) {
    return ok;
  }
  if (integer) {
    runAll<T, int32_t>(call, gates, weight, loadAll<T>(*scale), *offsets, *reverse != 0);
  } else {
    runAll<T, T>(call, gates, weight, {}, *offsets, *reverse != 0);
  }
  return {};
}

} // namespace

template <typename T> Result<void> recurrence(const RefCall &call) {
  const bool scaled = call.operands.size() == 4;
  return recur<T>(call, call.operands[0], call.operands[1], scaled ? &call.operands[2] : nullptr,
                  call.operands[scaled ? 3 : 2]);
}

template <typename T> Result<void> lstm(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &inputWeight = call.operands[2];
  if (auto ok = require({{isFloat({&x, &inputWeight, &call.operands[3]}), "x and weights must be float"}}); !ok) {
    return ok;
  }
  std::vector<T> values(static_cast<size_t>(x.rows * inputWeight.rows));
  const RefTensor gates{kDTypeOf<T>, x.rows, inputWeight.rows, values.data()};
  const RefTensor operands[] = {x, inputWeight, call.operands[4]};
  if (auto done = linear<T>({operands, {&gates, 1}, {}, call.size}); !done) {
    return done;
  }
  return recur<T>(call, gates, call.operands[3], nullptr, call.operands[1]);
}

template Result<void> recurrence<double>(const RefCall &);
template Result<void> recurrence<float>(const RefCall &);
template Result<void> lstm<double>(const RefCall &);
template Result<void> lstm<float>(const RefCall &);

} // namespace clew::ref

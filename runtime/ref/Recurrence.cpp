// recurrence, and lstm and gru, which are a linear of all tokens followed by it. The cells are PyTorch's, zero before the first token:
//   LSTM, gates i, f, g, o:  c = sigmoid(f) c + sigmoid(i) tanh(g),  h = sigmoid(o) tanh(c)
//   GRU, gates r, z, n:      h = (1 - sigmoid(z)) tanh(n) + sigmoid(z) h,  where n = n_x + sigmoid(r) (n_h + bias)
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <cmath>

namespace clew::ref {

namespace {

/// What a recurrence reads; scale and bias are null where there is none.
struct Cells {
  const RefTensor &gates;
  const RefTensor &weight;
  const RefTensor *scale;
  const RefTensor *bias;
  const RefTensor &offsets;
  bool gru;

  size_t gateCount() const { return gru ? 3 : 4; }
};

/// W_hh, transposed to [H][GH] so that the innermost loop runs over gates. Sum: the type of products, int32_t for s8.
template <typename T, typename Sum> struct Weights {
  DType dtype;
  std::vector<Sum> transposed;
  std::vector<T> scales, bias;
};

template <typename T, typename Sum> Weights<T, Sum> loadWeights(const Cells &cells) {
  const RefTensor &weight = cells.weight;
  Weights<T, Sum> weights{weight.dtype, std::vector<Sum>(static_cast<size_t>(weight.elements())), {}, {}};
  std::vector<Sum> row(static_cast<size_t>(weight.columns));
  for (int64_t n = 0; n < weight.rows; ++n) {
    loadRow(weight, n, row.data());
    for (int64_t k = 0; k < weight.columns; ++k) {
      weights.transposed[static_cast<size_t>(k * weight.rows + n)] = row[static_cast<size_t>(k)];
    }
  }
  if (cells.scale) {
    weights.scales = loadAll<T>(*cells.scale);
  }
  weights.bias = cells.bias ? loadAll<T>(*cells.bias) : std::vector<T>(static_cast<size_t>(weight.rows));
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

/// given: x W_ih^T + b; product: h W_hh^T + bias; [G][H] each.
template <typename T> struct Gates {
  std::vector<T> given, product;
};

template <typename T> void lstmCell(const Gates<T> &gates, std::vector<T> &h, std::vector<T> &c) {
  const size_t hidden = h.size();
  for (size_t j = 0; j < hidden; ++j) {
    const auto gate = [&](size_t index) { return gates.given[index * hidden + j] + gates.product[index * hidden + j]; };
    c[j] = logistic(gate(1)) * c[j] + logistic(gate(0)) * std::tanh(gate(2));
    h[j] = logistic(gate(3)) * std::tanh(c[j]);
  }
}

template <typename T> void gruCell(const Gates<T> &gates, std::vector<T> &h) {
  const size_t hidden = h.size();
  for (size_t j = 0; j < hidden; ++j) {
    const T reset = logistic(gates.given[j] + gates.product[j]);
    const T keep = logistic(gates.given[hidden + j] + gates.product[hidden + j]);
    const T fresh = std::tanh(gates.given[2 * hidden + j] + reset * gates.product[2 * hidden + j]);
    h[j] = (1 - keep) * fresh + keep * h[j];
  }
}

/// The tokens of one sequence in the order in which the cell sees them.
struct Walk {
  int64_t sequence;
  int64_t token;
  int64_t count;
  int64_t step;
};

template <typename T, typename Sum>
void runSequence(const RefCall &call, const Cells &cells, const Weights<T, Sum> &weights, Walk walk) {
  const auto hidden = static_cast<size_t>(cells.weight.columns);
  const size_t width = cells.gateCount() * hidden;
  std::vector<T> h(hidden), c(hidden);
  std::vector<Sum> prepared(hidden), sums(width);
  Gates<T> gates{std::vector<T>(width), std::vector<T>(width)};
  for (int64_t i = 0; i < walk.count; ++i, walk.token += walk.step) {
    loadRow(cells.gates, walk.token, gates.given.data());
    const T rowScale = prepare(weights.dtype, h, prepared);
    std::ranges::fill(sums, Sum(0));
    for (size_t k = 0; k < hidden; ++k) {
      const Sum *w = weights.transposed.data() + k * width;
      for (size_t n = 0; n < width; ++n) {
        sums[n] += prepared[k] * w[n];
      }
    }
    for (size_t n = 0; n < width; ++n) {
      const T scale = weights.scales.empty() ? T(1) : rowScale * weights.scales[n];
      gates.product[n] = static_cast<T>(sums[n]) * scale + weights.bias[n];
    }
    cells.gru ? gruCell(gates, h) : lstmCell(gates, h, c);
    storeRow(call.results[0], walk.token, h.data());
  }
  if (call.result(1)) {
    storeRow(*call.result(1), walk.sequence, h.data());
  }
  if (call.result(2)) {
    storeRow(*call.result(2), walk.sequence, cells.gru ? h.data() : c.data());
  }
}

template <typename T, typename Sum>
void runAll(const RefCall &call, const Cells &cells, std::span<const int32_t> offsets, bool reverse) {
  const auto weights = loadWeights<T, Sum>(cells);
  for (size_t s = 0; s + 1 < offsets.size(); ++s) {
    const int64_t begin = offsets[s];
    const int64_t end = offsets[s + 1];
    runSequence(call, cells, weights,
                {static_cast<int64_t>(s), reverse ? end - 1 : begin, end - begin, reverse ? -1 : 1});
  }
}

/// The checks and the run that recurrence, lstm and gru share.
template <typename T> Result<void> recur(const RefCall &call, const Cells &cells) {
  const int64_t hidden = cells.weight.columns;
  const auto rows = static_cast<int64_t>(cells.gateCount()) * hidden;
  const RefTensor &y = call.results[0];
  const auto offsets = offsetsOf(cells.offsets, cells.gates.rows);
  const auto asked = wholeAttribute(call, "hidden", static_cast<double>(hidden), 1, INT32_MAX);
  const auto reverse = wholeAttribute(call, "reverse", 0, 0, 1);
  if (!offsets || !asked || !reverse) {
    return !offsets ? fail(offsets) : !asked ? fail(asked) : fail(reverse);
  }
  const auto batch = static_cast<int64_t>(offsets->size()) - 1;
  const RefTensor *last[] = {call.result(1), call.result(2)};
  const bool integer = cells.weight.dtype == DType::S8;
  const auto fits = [&](const RefTensor *vector) {
    return !vector || (isFloat(*vector) && vector->elements() == rows);
  };
  if (auto ok = require({
          {isFloat({&cells.gates, &y}), "gates and result must be float"},
          {integer || isFloat(cells.weight), "w_hh must be f64, f32, bf16 or s8"},
          {hidden == *asked && cells.weight.rows == rows, "w_hh must have a row for each gate and hidden unit"},
          {cells.gates.columns == rows, "gates must have a column for each row of w_hh"},
          {hasShape(y, cells.gates.rows, hidden), "the result must be [tokens, hidden]"},
          {integer == (cells.scale != nullptr), "scales are for s8 weights and needed by them"},
          {cells.gru == (cells.bias != nullptr), "a bias is for a GRU and needed by it"},
          {!integer || hidden < INT32_MAX / (128 * 128), "too many hidden units for sums in i32"},
          {fits(cells.scale) && fits(cells.bias), "scales and bias must have a value for each row of w_hh"},
          {std::ranges::all_of(last, [&](auto *v) { return !v || (isFloat(*v) && hasShape(*v, batch, hidden)); }),
           "hN and cN must be float [batch, hidden]"},
      });
      !ok) {
    return ok;
  }
  integer ? runAll<T, int32_t>(call, cells, *offsets, *reverse != 0)
          : runAll<T, T>(call, cells, *offsets, *reverse != 0);
  return {};
}

/// x W_ih^T + b, then the recurrence. Operands: x, offsets, weight_ih, weight_hh, bias [, recurrent bias].
template <typename T> Result<void> recurFromInput(const RefCall &call, bool gru) {
  const RefTensor &x = call.operands[0];
  const RefTensor &inputWeight = call.operands[2];
  if (auto ok = require({{isFloat({&x, &inputWeight, &call.operands[3]}), "x and weights must be float"}}); !ok) {
    return ok;
  }
  std::vector<T> values(static_cast<size_t>(x.rows * inputWeight.rows));
  const RefTensor gates{kDTypeOf<T>, x.rows, inputWeight.rows, values.data()};
  const RefTensor operands[] = {x, inputWeight, call.operands[4]};
  if (auto done = linear<T>({operands, {&gates, 1}, {}}); !done) {
    return done;
  }
  return recur<T>(call, {gates, call.operands[3], nullptr, gru ? &call.operands[5] : nullptr, call.operands[1], gru});
}

} // namespace

template <typename T> Result<void> recurrence(const RefCall &call) {
  const auto gru = wholeAttribute(call, "gru", 0, 0, 1);
  if (!gru) {
    return fail(gru);
  }
  const bool biased = *gru != 0;
  const size_t between = call.operands.size() - 3; // scales and bias, each if there is one
  if (auto ok = require({{between <= 2 && between >= (biased ? 1 : 0) && (biased || between < 2),
                          "expected gates, w_hh, scales of s8, the bias of a GRU, and offsets"}});
      !ok) {
    return ok;
  }
  const bool scaled = between > (biased ? 1 : 0);
  return recur<T>(call, {call.operands[0], call.operands[1], scaled ? &call.operands[2] : nullptr,
                         biased ? &call.operands[scaled ? 3 : 2] : nullptr, call.operands.back(), biased});
}

template <typename T> Result<void> lstm(const RefCall &call) { return recurFromInput<T>(call, false); }
template <typename T> Result<void> gru(const RefCall &call) { return recurFromInput<T>(call, true); }

#define CLEW_BOTH(NAME)                                                                                                \
  template Result<void> NAME<double>(const RefCall &);                                                                 \
  template Result<void> NAME<float>(const RefCall &)
CLEW_BOTH(recurrence);
CLEW_BOTH(lstm);
CLEW_BOTH(gru);
#undef CLEW_BOTH

} // namespace clew::ref

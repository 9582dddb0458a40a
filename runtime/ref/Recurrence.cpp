// recurrence, and lstm and gru, which are a linear of all tokens followed by it. The cells are PyTorch's:
//   LSTM, gates i, f, g, o:  c = sigmoid(f) c + sigmoid(i) tanh(g),  h = sigmoid(o) tanh(c), or W_hr of that; both may be bounded
//   GRU, gates r, z, n:      h = (1 - sigmoid(z)) tanh(n) + sigmoid(z) h,  where n = n_x + sigmoid(r) (n_h + bias)
// `reset_before` puts sigmoid(r) before the product with h, `update_new` makes sigmoid(z) the share of tanh(n).
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <cmath>

namespace clew::ref {

namespace {

/// What a recurrence reads; pointers are null where there is none.
struct Cells {
  const RefTensor &gates;
  const RefTensor &weight;
  const RefTensor &offsets;
  const RefTensor *scale = nullptr;
  const RefTensor *bias = nullptr;
  const RefTensor *projection = nullptr;
  const RefTensor *projectionScale = nullptr;
  const RefTensor *h0 = nullptr;
  const RefTensor *c0 = nullptr;
  bool gru = false;
  bool reverse = false;
  bool resetBefore = false;
  bool updateNew = false;
  double cellClip = 0; ///< 0: none
  double projectionClip = 0;

  int64_t gateCount() const { return gru ? 3 : 4; }
  int64_t outputs() const { return weight.columns; }
  int64_t hidden() const { return projection ? projection->columns : weight.columns; }
};

/// Weights transposed to [in][out], so that the innermost loop runs over what they give. Sum: the type of products, int32_t for s8.
template <typename T, typename Sum> struct Weights {
  DType dtype;
  size_t in, out;
  std::vector<Sum> transposed;
  std::vector<T> scales;

  Weights(const RefTensor &weight, const RefTensor *scale)
      : dtype(weight.dtype), in(static_cast<size_t>(weight.columns)), out(static_cast<size_t>(weight.rows)),
        transposed(in * out) {
    std::vector<Sum> row(in);
    for (size_t n = 0; n < out; ++n) {
      loadRow(weight, static_cast<int64_t>(n), row.data());
      for (size_t k = 0; k < in; ++k) {
        transposed[k * out + n] = row[k];
      }
    }
    if (scale) {
      scales = loadAll<T>(*scale);
    }
  }

  /// Rows begin..end of the weights times x, which is first rounded as the weights are.
  void multiply(const std::vector<T> &x, size_t begin, size_t end, T *product) const {
    std::vector<Sum> prepared(in), sums(out);
    const T rowScale = prepare(x, prepared);
    for (size_t k = 0; k < in; ++k) {
      for (size_t n = begin; n < end; ++n) {
        sums[n] += prepared[k] * transposed[k * out + n];
      }
    }
    for (size_t n = begin; n < end; ++n) {
      product[n] = static_cast<T>(sums[n]) * (scales.empty() ? T(1) : rowScale * scales[n]);
    }
  }

private:
  /// x in the form in which it is multiplied, and its scale (1 except for s8).
  T prepare(const std::vector<T> &x, std::vector<Sum> &prepared) const {
    if constexpr (std::is_same_v<Sum, int32_t>) {
      return static_cast<T>(quantizeRow(x.data(), static_cast<int64_t>(x.size()), prepared.data()));
    } else {
      for (size_t k = 0; k < x.size(); ++k) {
        prepared[k] = dtype == DType::BF16 ? convert<T>(convert<BF16>(x[k])) : x[k];
      }
      return 1;
    }
  }
};

template <typename T> T logistic(T x) { return 1 / (1 + std::exp(-x)); }

template <typename T> void bound(std::vector<T> &values, double clip) {
  for (T &value : values) { // NaN stays
    value = clip > 0 && std::abs(value) > static_cast<T>(clip) ? std::copysign(static_cast<T>(clip), value) : value;
  }
}

/// One sequence's state, and the step that a token makes of it.
template <typename T, typename Sum> class Cell {
public:
  Cell(const Cells &cells, const Weights<T, Sum> &weights, const Weights<T, Sum> *projection)
      : h(static_cast<size_t>(cells.outputs())), c(static_cast<size_t>(cells.hidden())), given(weights.out), s(cells),
        weights(weights), projection(projection), product(weights.out), bias(weights.out), inner(c.size()) {
    if (cells.bias) {
      bias = loadAll<T>(*cells.bias);
    }
  }

  void step() { s.gru ? stepOfGru() : stepOfLstm(); }

  std::vector<T> h, c;
  std::vector<T> given; ///< x W_ih^T + b of the token, [G][H]

private:
  T gate(size_t index, size_t unit) const {
    const size_t at = index * c.size() + unit;
    return given[at] + product[at] + bias[at];
  }

  void stepOfLstm() {
    weights.multiply(h, 0, weights.out, product.data());
    for (size_t j = 0; j < c.size(); ++j) {
      c[j] = logistic(gate(1, j)) * c[j] + logistic(gate(0, j)) * std::tanh(gate(2, j));
    }
    bound(c, s.cellClip);
    for (size_t j = 0; j < c.size(); ++j) {
      inner[j] = logistic(gate(3, j)) * std::tanh(c[j]);
    }
    if (projection) {
      projection->multiply(inner, 0, h.size(), h.data());
      bound(h, s.projectionClip);
    } else {
      h = inner;
    }
  }

  void stepOfGru() {
    const size_t hidden = h.size();
    weights.multiply(h, 0, weights.out, product.data());
    if (s.resetBefore) {
      for (size_t j = 0; j < hidden; ++j) {
        inner[j] = logistic(gate(0, j)) * h[j];
      }
      weights.multiply(inner, 2 * hidden, 3 * hidden, product.data());
    }
    for (size_t j = 0; j < hidden; ++j) {
      const T reset = s.resetBefore ? T(1) : logistic(gate(0, j));
      const T update = logistic(gate(1, j));
      const T keep = s.updateNew ? 1 - update : update;
      const size_t at = 2 * hidden + j;
      h[j] = (1 - keep) * std::tanh(given[at] + reset * (product[at] + bias[at])) + keep * h[j];
    }
  }

  const Cells &s;
  const Weights<T, Sum> &weights;
  const Weights<T, Sum> *projection;
  std::vector<T> product, bias;
  std::vector<T> inner; ///< what the second product of a step reads: r h, or o tanh(c)
};

template <typename T> void begin(std::vector<T> &state, const RefTensor *initial, int64_t sequence) {
  std::ranges::fill(state, T(0));
  if (initial) {
    loadRow(*initial, initial->rows == 1 ? 0 : sequence, state.data());
  }
}

template <typename T, typename Sum>
void runAll(const RefCall &call, const Cells &cells, std::span<const int32_t> offsets) {
  const Weights<T, Sum> weights(cells.weight, cells.scale);
  std::optional<Weights<T, Sum>> projection;
  if (cells.projection) {
    projection.emplace(*cells.projection, cells.projectionScale);
  }
  Cell<T, Sum> cell(cells, weights, projection ? &*projection : nullptr);
  for (size_t s = 0; s + 1 < offsets.size(); ++s) {
    const auto sequence = static_cast<int64_t>(s);
    begin(cell.h, cells.h0, sequence);
    begin(cell.c, cells.c0, sequence);
    const int64_t length = offsets[s + 1] - offsets[s];
    for (int64_t i = 0; i < length; ++i) {
      const int64_t token = cells.reverse ? offsets[s + 1] - 1 - i : offsets[s] + i;
      loadRow(cells.gates, token, cell.given.data());
      cell.step();
      storeRow(call.results[0], token, cell.h.data());
    }
    if (call.result(1)) {
      storeRow(*call.result(1), sequence, cell.h.data());
    }
    if (call.result(2)) {
      storeRow(*call.result(2), sequence, (cells.gru ? cell.h : cell.c).data());
    }
  }
}

bool fitsInitial(const RefTensor *state, int64_t batch, int64_t columns) {
  return !state || (isFloat(*state) && (hasShape(*state, batch, columns) || hasShape(*state, 1, columns)));
}

Result<void> readAttributes(const RefCall &call, Cells &cells) {
  for (auto [name, flag] :
       {std::pair{"reverse", &cells.reverse}, {"reset_before", &cells.resetBefore}, {"update_new", &cells.updateNew}}) {
    const auto value = wholeAttribute(call, name, 0, 0, 1);
    if (!value) {
      return fail(value);
    }
    *flag = *value != 0;
  }
  cells.cellClip = call.attribute("cell_clip", 0);
  cells.projectionClip = call.attribute("projection_clip", 0);
  return require({{cells.gru || !(cells.resetBefore || cells.updateNew), "only a GRU has a reset and an update"},
                  {cells.cellClip >= 0 && cells.projectionClip >= 0, "clips must be positive, or 0 for none"},
                  {!cells.gru || !(cells.projection || cells.c0), "a GRU has neither a projection nor c0"}});
}

/// The checks and the run that recurrence, lstm and gru share.
template <typename T> Result<void> recur(const RefCall &call, Cells cells) {
  const int64_t outputs = cells.outputs();
  const int64_t hidden = cells.hidden();
  const int64_t rows = cells.gateCount() * hidden;
  const RefTensor &y = call.results[0];
  const auto offsets = offsetsOf(cells.offsets, cells.gates.rows);
  const auto asked = wholeAttribute(call, "hidden", static_cast<double>(outputs), 1, INT32_MAX);
  if (!offsets || !asked) {
    return !offsets ? fail(offsets) : fail(asked);
  }
  if (auto ok = readAttributes(call, cells); !ok) {
    return ok;
  }
  const auto batch = static_cast<int64_t>(offsets->size()) - 1;
  const bool integer = cells.weight.dtype == DType::S8;
  const auto fits = [&](const RefTensor *vector, int64_t count) {
    return !vector || (isFloat(*vector) && vector->elements() == count);
  };
  const auto fitsLast = [&](const RefTensor *last, int64_t columns) {
    return !last || (isFloat(*last) && hasShape(*last, batch, columns));
  };
  if (auto ok = require({
          {isFloat({&cells.gates, &y}), "gates and result must be float"},
          {integer || isFloat(cells.weight), "w_hh must be f64, f32, bf16 or s8"},
          {outputs == *asked && cells.weight.rows == rows, "w_hh must have a row for each gate and hidden unit"},
          {!cells.projection || (cells.projection->dtype == cells.weight.dtype && cells.projection->rows == outputs),
           "w_hr must be like w_hh and have a row for each of its columns"},
          {cells.gates.columns == rows, "gates must have a column for each row of w_hh"},
          {hasShape(y, cells.gates.rows, outputs), "the result must be [tokens, hidden], or [tokens, projected]"},
          {integer == (cells.scale != nullptr) && (integer && cells.projection) == (cells.projectionScale != nullptr),
           "scales are for s8 weights and needed by them"},
          {cells.gru == (cells.bias != nullptr), "a bias is for a GRU and needed by it"},
          {!integer || std::max(hidden, outputs) < INT32_MAX / (128 * 128), "too many hidden units for sums in i32"},
          {fits(cells.scale, rows) && fits(cells.bias, rows), "scales and bias must have a value for each row of w_hh"},
          {fits(cells.projectionScale, outputs), "scales of w_hr must have a value for each of its rows"},
          {fitsInitial(cells.h0, batch, outputs) && fitsInitial(cells.c0, batch, hidden),
           "h0 and c0 must be float, with a row for each sequence or one for all"},
          {fitsLast(call.result(1), outputs) && fitsLast(call.result(2), cells.gru ? outputs : hidden),
           "hN and cN must be float [batch, hidden]"},
      });
      !ok) {
    return ok;
  }
  integer ? runAll<T, int32_t>(call, cells, *offsets) : runAll<T, T>(call, cells, *offsets);
  return {};
}

/// x W_ih^T + b, then the recurrence. Operands: x, offsets, weight_ih, weight_hh, bias [, recurrent bias] [, w_hr] [, h0 [, c0]].
template <typename T> Result<void> recurFromInput(const RefCall &call, bool gru) {
  const RefTensor &x = call.operands[0];
  const RefTensor &inputWeight = call.operands[2];
  const auto projected = wholeAttribute(call, "projection", 0, 0, 1);
  if (!projected) {
    return fail(projected);
  }
  const size_t fixed = (gru ? 6 : 5) + (*projected != 0 ? 1 : 0);
  const size_t initial = call.operands.size() - fixed; // wraps around where operands are missing
  if (auto ok = require({{isFloat({&x, &inputWeight, &call.operands[3]}), "x and weights must be float"},
                         {initial == 0 || initial == (gru ? 1 : 2), "expected as many operands as the cell has"}});
      !ok) {
    return ok;
  }
  std::vector<T> values(static_cast<size_t>(x.rows * inputWeight.rows));
  const RefTensor gates{kDTypeOf<T>, x.rows, inputWeight.rows, values.data()};
  const RefTensor operands[] = {x, inputWeight, call.operands[4]};
  if (auto done = linear<T>({operands, {&gates, 1}, {}}); !done) {
    return done;
  }
  return recur<T>(call, {.gates = gates,
                         .weight = call.operands[3],
                         .offsets = call.operands[1],
                         .bias = gru ? &call.operands[5] : nullptr,
                         .projection = *projected != 0 ? &call.operands[5] : nullptr,
                         .h0 = initial > 0 ? &call.operands[fixed] : nullptr,
                         .c0 = initial > 1 ? &call.operands[fixed + 1] : nullptr,
                         .gru = gru});
}

} // namespace

template <typename T> Result<void> recurrence(const RefCall &call) {
  const auto gru = wholeAttribute(call, "gru", 0, 0, 1);
  const auto projected = wholeAttribute(call, "projection", 0, 0, 1);
  const auto initial = wholeAttribute(call, "initial", 0, 0, 1);
  if (!gru || !projected || !initial) {
    return !gru ? fail(gru) : !projected ? fail(projected) : fail(initial);
  }
  Cells cells{.gates = call.operands[0], .weight = call.operands[1], .offsets = call.operands.back(), .gru = *gru != 0};
  size_t next = 2;
  const auto take = [&](bool there) {
    const RefTensor *operand = there && next + 1 < call.operands.size() ? &call.operands[next] : nullptr;
    next += there ? 1 : 0;
    return operand;
  };
  const bool scaled = cells.weight.dtype == DType::S8;
  cells.scale = take(scaled);
  cells.bias = take(cells.gru);
  cells.projection = take(*projected != 0);
  cells.projectionScale = take(*projected != 0 && scaled);
  cells.h0 = take(*initial != 0);
  cells.c0 = take(*initial != 0 && !cells.gru);
  if (auto ok = require({{next + 1 == call.operands.size(),
                          "expected gates, w_hh, scales of s8, the bias of a GRU, w_hr and its scales if there is a "
                          "projection, h0 and c0 if they are given, and offsets"}});
      !ok) {
    return ok;
  }
  return recur<T>(call, cells);
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

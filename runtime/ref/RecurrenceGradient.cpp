// The gradient of a recurrence (Recurrence.cpp): each sequence's cells are computed again from the gates and the outputs that are there,
// then its steps are gone through from the last to the first. The equations are those of the cells, differentiated by hand.
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <cmath>

namespace clew::ref {

namespace {

template <typename T> T logistic(T x) { return 1 / (1 + std::exp(-x)); }

template <typename T> struct Given {
  int64_t hidden = 0;  ///< H
  int64_t outputs = 0; ///< P
  int64_t gates = 4;   ///< G
  bool gru = false, reverse = false, resetBefore = false, updateNew = false;
  T cellClip = 0, projectionClip = 0;
  std::vector<T> weight, bias, projection; ///< [GH][P], [GH], [P][H] or none
};

/// One token of one sequence.
template <typename T> struct Step {
  std::vector<T> before;     ///< h of the step before [P]
  std::vector<T> gate;       ///< after their functions [GH]; of a GRU's n what W and bias gave is in `inner`
  std::vector<T> cell, last; ///< c of this step and of the one before [H]
  std::vector<T> inner;      ///< LSTM: tanh(c); GRU: what stands beside gates in n: W h + bias
  std::vector<T> fed;        ///< o tanh(c), or r h
  std::vector<bool> cut;     ///< c was clipped
};

/// Gradients that one token gets.
template <typename T> struct Slopes {
  std::vector<T> gates, products, projected;
};

template <typename T> class Sequence {
public:
  explicit Sequence(const Given<T> &given) : g(given) {}

  /// Adds the step of a token whose gates are `a`, which came after h = `before`.
  void append(const std::vector<T> &a, std::vector<T> before, const std::vector<T> &cellBefore) {
    Step<T> step;
    step.before = std::move(before);
    step.last = steps.empty() ? cellBefore : steps.back().cell;
    step.gate = a;
    std::vector<T> product = g.bias.empty() ? std::vector<T>(a.size()) : g.bias;
    multiply(step.before, 0, g.resetBefore ? 2 * size() : a.size(), product);
    g.gru ? gru(step, product) : lstm(step, product);
    steps.push_back(std::move(step));
  }

  /// Gradients of the last step's token, given that of h; dh and dc become those of the step before.
  Slopes<T> pop(std::vector<T> &dh, std::vector<T> &dc) {
    const Step<T> step = std::move(steps.back());
    steps.pop_back();
    return g.gru ? backGru(step, dh) : backLstm(step, dh, dc);
  }

  const Step<T> &back() const { return steps.back(); }
  bool empty() const { return steps.empty(); }

private:
  size_t size() const { return static_cast<size_t>(g.hidden); }
  size_t wide() const { return static_cast<size_t>(g.outputs); }

  /// product[begin..end] += W x
  void multiply(const std::vector<T> &x, size_t begin, size_t end, std::vector<T> &product) const {
    for (size_t n = begin; n < end; ++n) {
      for (size_t k = 0; k < wide(); ++k) {
        product[n] += g.weight[n * wide() + k] * x[k];
      }
    }
  }

  /// W^T d over rows begin..end.
  std::vector<T> back(const std::vector<T> &d, size_t begin, size_t end) const {
    std::vector<T> result(wide());
    for (size_t n = begin; n < end; ++n) {
      for (size_t k = 0; k < wide(); ++k) {
        result[k] += g.weight[n * wide() + k] * d[n];
      }
    }
    return result;
  }

  void lstm(Step<T> &step, const std::vector<T> &product) {
    const size_t h = size();
    step.cell.resize(h);
    step.inner.resize(h);
    step.fed.resize(h);
    step.cut.resize(h);
    for (size_t j = 0; j < h; ++j) {
      for (size_t gate = 0; gate < 4; ++gate) {
        T &a = step.gate[gate * h + j];
        a += product[gate * h + j];
        a = gate == 2 ? std::tanh(a) : logistic(a);
      }
      T c = step.gate[h + j] * step.last[j] + step.gate[j] * step.gate[2 * h + j];
      step.cut[j] = g.cellClip > 0 && std::abs(c) > g.cellClip;
      step.cell[j] = step.cut[j] ? std::copysign(g.cellClip, c) : c;
      step.inner[j] = std::tanh(step.cell[j]);
      step.fed[j] = step.gate[3 * h + j] * step.inner[j];
    }
  }

  void gru(Step<T> &step, std::vector<T> &product) {
    const size_t h = size();
    step.inner.resize(h);
    step.fed.resize(h);
    for (size_t j = 0; j < 2 * h; ++j) {
      step.gate[j] = logistic(step.gate[j] + product[j]);
    }
    for (size_t j = 0; j < h; ++j) {
      step.fed[j] = step.gate[j] * step.before[j];
    }
    if (g.resetBefore) {
      multiply(step.fed, 2 * h, 3 * h, product);
    }
    for (size_t j = 0; j < h; ++j) {
      step.inner[j] = product[2 * h + j];
      step.gate[2 * h + j] = std::tanh(step.gate[2 * h + j] + (g.resetBefore ? T(1) : step.gate[j]) * step.inner[j]);
    }
  }

  Slopes<T> backLstm(const Step<T> &step, std::vector<T> &dh, std::vector<T> &dc) const {
    const size_t h = size();
    Slopes<T> d{std::vector<T>(4 * h), {}, dh};
    const std::vector<T> fed = throughProjection(step, d.projected);
    for (size_t j = 0; j < h; ++j) {
      const T i = step.gate[j], f = step.gate[h + j], n = step.gate[2 * h + j], o = step.gate[3 * h + j];
      d.gates[3 * h + j] = fed[j] * step.inner[j] * o * (1 - o);
      const T cell = step.cut[j] ? T(0) : dc[j] + fed[j] * o * (1 - step.inner[j] * step.inner[j]);
      d.gates[j] = cell * n * i * (1 - i);
      d.gates[h + j] = cell * step.last[j] * f * (1 - f);
      d.gates[2 * h + j] = cell * i * (1 - n * n);
      dc[j] = cell * f;
    }
    d.products = d.gates;
    dh = back(d.products, 0, 4 * h);
    return d;
  }

  /// The gradient of o tanh(c); where the projection was clipped, none.
  std::vector<T> throughProjection(const Step<T> &step, std::vector<T> &dh) const {
    if (g.projection.empty()) {
      return dh;
    }
    std::vector<T> result(size());
    for (size_t p = 0; p < wide(); ++p) {
      T value = 0;
      for (size_t j = 0; j < size(); ++j) {
        value += g.projection[p * size() + j] * step.fed[j];
      }
      dh[p] = g.projectionClip > 0 && std::abs(value) > g.projectionClip ? T(0) : dh[p];
      for (size_t j = 0; j < size(); ++j) {
        result[j] += g.projection[p * size() + j] * dh[p];
      }
    }
    return result;
  }

  Slopes<T> backGru(const Step<T> &step, std::vector<T> &dh) const {
    const size_t h = size();
    Slopes<T> d{std::vector<T>(3 * h), std::vector<T>(3 * h), dh};
    std::vector<T> dbefore(h);
    for (size_t j = 0; j < h; ++j) {
      const T z = step.gate[h + j], n = step.gate[2 * h + j];
      const T keep = g.updateNew ? 1 - z : z;
      const T dkeep = dh[j] * (step.before[j] - n);
      d.gates[h + j] = (g.updateNew ? -dkeep : dkeep) * z * (1 - z);
      d.gates[2 * h + j] = dh[j] * (1 - keep) * (1 - n * n);
      dbefore[j] = dh[j] * keep;
    }
    d.products = d.gates;
    std::vector<T> reset(h); // the gradient of r
    if (g.resetBefore) {
      const std::vector<T> fed = back(d.products, 2 * h, 3 * h);
      for (size_t j = 0; j < h; ++j) {
        reset[j] = fed[j] * step.before[j];
        dbefore[j] += fed[j] * step.gate[j];
      }
    }
    for (size_t j = 0; j < h; ++j) {
      const T r = step.gate[j];
      if (!g.resetBefore) {
        reset[j] = d.gates[2 * h + j] * step.inner[j];
        d.products[2 * h + j] *= r;
      }
      d.gates[j] = d.products[j] = reset[j] * r * (1 - r);
    }
    const std::vector<T> through = back(d.products, 0, g.resetBefore ? 2 * h : 3 * h);
    for (size_t j = 0; j < h; ++j) {
      dh[j] = dbefore[j] + through[j];
    }
    return d;
  }

  const Given<T> &g;
  std::vector<Step<T>> steps;
};

/// Operands by what they are; null where there is none.
struct Operands {
  const RefTensor *gates, *weight, *bias, *projection, *h0, *c0, *offsets, *y, *dy, *dhN, *dcN;
};

Result<Operands> operandsOf(const RefCall &call, bool gru) {
  const auto given = wholeAttribute(call, "given", 0, 0, 7);
  if (!given) {
    return fail(given);
  }
  size_t next = 0;
  bool missing = false;
  const auto take = [&](bool there) -> const RefTensor * {
    missing = missing || (there && next >= call.operands.size());
    return there && !missing ? &call.operands[next++] : nullptr;
  };
  const bool initial = call.attribute("initial", 0) != 0;
  Operands o{};
  o.gates = take(true);
  o.weight = take(true);
  o.bias = take(gru);
  o.projection = take(call.attribute("projection", 0) != 0);
  o.h0 = take(initial);
  o.c0 = take(initial && !gru);
  o.offsets = take(true);
  o.y = take(true);
  o.dy = take((*given & 1) != 0);
  o.dhN = take((*given & 2) != 0);
  o.dcN = take((*given & 4) != 0);
  if (auto ok = require({{!missing && next == call.operands.size(), "attributes must say which operands there are"}});
      !ok) {
    return fail(ok);
  }
  return o;
}

template <typename T> Result<Given<T>> givenOf(const RefCall &call, const Operands &o, bool gru) {
  Given<T> g;
  g.gru = gru;
  g.gates = gru ? 3 : 4;
  g.hidden = o.gates->columns / g.gates;
  g.outputs = o.weight->columns;
  g.reverse = call.attribute("reverse", 0) != 0;
  g.resetBefore = call.attribute("reset_before", 0) != 0;
  g.updateNew = call.attribute("update_new", 0) != 0;
  g.cellClip = static_cast<T>(call.attribute("cell_clip", 0));
  g.projectionClip = static_cast<T>(call.attribute("projection_clip", 0));
  const int64_t holders = o.offsets->elements() - 1;
  auto state = [&](const RefTensor *view, int64_t columns, bool one) {
    return !view || (isFloat(*view) && view->columns == columns && (view->rows == holders || (one && view->rows == 1)));
  };
  if (auto ok = require(
          {{isFloat({o.gates, o.weight, o.y}), "gates, weight and y must be float"},
           {hasShape(*o.weight, o.gates->columns, g.outputs) && o.gates->columns == g.gates * g.hidden,
            "gates must have the rows of w_hh as columns"},
           {o.projection ? hasShape(*o.projection, g.outputs, g.hidden) : g.outputs == g.hidden, "w_hr must be [P,H]"},
           {!o.bias || o.bias->elements() == o.gates->columns, "the bias must have a value for each gate"},
           {hasShape(*o.y, o.gates->rows, g.outputs) && (!o.dy || sameShape(*o.dy, *o.y)),
            "y and dy must be [tokens,P]"},
           {state(o.h0, g.outputs, true) && state(o.c0, g.hidden, true) && state(o.dhN, g.outputs, false) &&
                state(o.dcN, g.hidden, false),
            "states must have a row for each sequence"}});
      !ok) {
    return fail(ok);
  }
  const int64_t columns[] = {o.gates->columns, o.gates->columns, g.hidden, g.outputs, g.outputs, g.hidden};
  for (size_t i = 0; i < std::size(columns); ++i) {
    const RefTensor *result = call.result(i);
    const int64_t rows = i < 4 ? o.gates->rows : holders;
    if (auto ok =
            require({{!result || (isFloat(*result) && hasShape(*result, rows, columns[i])), "results do not fit"}});
        !ok) {
      return fail(ok);
    }
  }
  g.weight = loadAll<T>(*o.weight);
  g.bias = o.bias ? loadAll<T>(*o.bias) : std::vector<T>();
  g.projection = o.projection ? loadAll<T>(*o.projection) : std::vector<T>();
  return g;
}

template <typename T> std::vector<T> rowOr0(const RefTensor *view, int64_t row, int64_t columns) {
  std::vector<T> values(static_cast<size_t>(columns));
  if (view) {
    loadRow(*view, view->rows == 1 ? 0 : row, values.data());
  }
  return values;
}

template <typename T> void storeIf(const RefCall &call, size_t result, int64_t row, const std::vector<T> &values) {
  if (call.result(result)) {
    storeRow(*call.result(result), row, values.data());
  }
}

/// Sequence number s, tokens begin..end.
template <typename T>
void oneSequence(const RefCall &call, const Operands &o, const Given<T> &g, int64_t s, int64_t begin, int64_t end) {
  Sequence<T> sequence(g);
  const auto tokenOf = [&](int64_t step) { return g.reverse ? end - 1 - step : begin + step; };
  const std::vector<T> cell = rowOr0<T>(o.c0, s, g.hidden);
  std::vector<T> before = rowOr0<T>(o.h0, s, g.outputs);
  for (int64_t step = 0; step < end - begin; ++step) {
    sequence.append(rowOr0<T>(o.gates, tokenOf(step), o.gates->columns), std::move(before), cell);
    before = rowOr0<T>(o.y, tokenOf(step), g.outputs);
  }
  std::vector<T> dh = rowOr0<T>(o.dhN, s, g.outputs);
  std::vector<T> dc = rowOr0<T>(o.dcN, s, g.hidden);
  for (int64_t step = end - begin; step-- > 0;) {
    const int64_t token = tokenOf(step);
    const std::vector<T> more = rowOr0<T>(o.dy, token, g.outputs);
    for (size_t p = 0; p < dh.size(); ++p) {
      dh[p] += more[p];
    }
    storeIf(call, 2, token, sequence.back().fed);
    const Slopes<T> d = sequence.pop(dh, dc);
    storeIf(call, 0, token, d.gates);
    storeIf(call, 1, token, d.products);
    storeIf(call, 3, token, d.projected);
  }
  storeIf(call, 4, s, dh);
  storeIf(call, 5, s, dc);
}

} // namespace

template <typename T> Result<void> recurrenceGradient(const RefCall &call) {
  const bool gru = call.attribute("gru", 0) != 0;
  const auto operands = operandsOf(call, gru);
  if (!operands) {
    return fail(operands);
  }
  const auto given = givenOf<T>(call, *operands, gru);
  const auto offsets = offsetsOf(*operands->offsets, operands->gates->rows);
  if (!given || !offsets) {
    return !given ? fail(given) : fail(offsets);
  }
  for (size_t s = 0; s + 1 < offsets->size(); ++s) {
    oneSequence<T>(call, *operands, *given, static_cast<int64_t>(s), (*offsets)[s], (*offsets)[s + 1]);
  }
  return {};
}

template Result<void> recurrenceGradient<double>(const RefCall &);
template Result<void> recurrenceGradient<float>(const RefCall &);

} // namespace clew::ref

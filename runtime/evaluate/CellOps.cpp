// RNN, GRU, LSTM with everything that they have: directions, lengths, peepholes, bounds, activations, both layouts. Inputs times weights are one
// product for all steps; each step multiplies its states.
#include "runtime/cpu/Vectors.h"
#include "runtime/evaluate/Products.h"

#include <algorithm>
#include <cmath>

namespace clew::onnx {
namespace {

struct Activation {
  std::string name;
  float alpha = 0, beta = 0;

  float operator()(float x) const {
    if (name == "sigmoid") {
      return 1 / (1 + std::exp(-x));
    }
    if (name == "tanh") {
      return std::tanh(x);
    }
    if (name == "relu") {
      return std::max(0.0F, x);
    }
    if (name == "affine") {
      return alpha * x + beta;
    }
    if (name == "leakyrelu") {
      return x >= 0 ? x : alpha * x;
    }
    if (name == "thresholdedrelu") {
      return x >= alpha ? x : 0;
    }
    if (name == "scaledtanh") {
      return alpha * std::tanh(beta * x);
    }
    if (name == "hardsigmoid") {
      return std::min(std::max(alpha * x + beta, 0.0F), 1.0F);
    }
    if (name == "elu") {
      return x >= 0 ? x : alpha * std::expm1(x);
    }
    if (name == "softsign") {
      return x / (1 + std::abs(x));
    }
    return std::log1p(std::exp(x)); // softplus
  }
};

CLEW_VECTORS void sigmoids(float *x, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    x[i] = fastSigmoid(x[i]);
  }
}
CLEW_VECTORS void tanhs(float *x, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    x[i] = fastTanh(x[i]);
  }
}

void apply(const Activation &f, float *x, int64_t count) {
  if (f.name == "sigmoid") {
    return sigmoids(x, count);
  }
  if (f.name == "tanh") {
    return tanhs(x, count);
  }
  std::for_each(x, x + count, [&](float &v) { v = f(v); });
}

enum class Cell : uint8_t { Rnn, Gru, Lstm };

/// One direction of a cell at work.
struct Direction {
  Cell cell;
  int64_t batch, hidden;
  std::vector<Activation> f; ///< of this direction: two or three at most
  float clip;
  bool linearFirst;      ///< GRU's linear_before_reset
  bool couples;          ///< LSTM's input_forget
  const float *r;        ///< [gates H, H]
  const float *biasR;    ///< [gates H], null: none. Of the GRU alone, the others' are in the gates already
  const float *peephole; ///< [3H], null: none
  std::vector<float> h, c, scratch;

  void bound(float *x, int64_t count) const {
    if (clip > 0) {
      std::for_each(x, x + count, [&](float &v) { v = std::clamp(v, -clip, clip); });
    }
  }
  void activate(const Activation &f, float *x, int64_t count) const {
    bound(x, count);
    apply(f, x, count);
  }

  /// A step of sequence b: `g` are its gates from the input, `recurrent` those from the state.
  void lstmStep(int64_t b, float *g, const float *recurrent) {
    float *state = c.data() + b * hidden;
    const int64_t n = hidden;
    for (int64_t i = 0; i < 4 * n; ++i) {
      g[i] += recurrent[i];
    }
    float *in = g, *out = g + n, *forget = g + 2 * n, *fresh = g + 3 * n; // i, o, f, c
    for (int64_t i = 0; peephole && i < n; ++i) {
      in[i] += peephole[i] * state[i];
      forget[i] += peephole[2 * n + i] * state[i];
    }
    activate(f[0], in, n);
    if (!couples) {
      activate(f[0], forget, n);
    }
    activate(f[1], fresh, n);
    for (int64_t i = 0; i < n; ++i) {
      state[i] = (couples ? 1 - in[i] : forget[i]) * state[i] + in[i] * fresh[i];
    }
    for (int64_t i = 0; peephole && i < n; ++i) {
      out[i] += peephole[n + i] * state[i];
    }
    activate(f[0], out, n);
    std::copy_n(state, n, fresh);
    apply(f[2], fresh, n);
    for (int64_t i = 0; i < n; ++i) {
      h[static_cast<size_t>(b * n + i)] = out[i] * fresh[i];
    }
  }

  void rnnStep(int64_t b, float *g, const float *recurrent) {
    for (int64_t i = 0; i < hidden; ++i) {
      g[i] += recurrent[i];
    }
    activate(f[0], g, hidden);
    std::copy_n(g, hidden, h.data() + b * hidden);
  }

  /// `candidate`: where the reset comes before the product, that of r h.
  void gruEnd(int64_t b, float *g, const float *candidate, bool linear) {
    const int64_t n = hidden;
    float *z = g, *r = g + n, *fresh = g + 2 * n;
    for (int64_t i = 0; i < n; ++i) {
      const float bias = biasR ? biasR[2 * n + i] : 0;
      fresh[i] += linear ? r[i] * (candidate[i] + bias) : candidate[i] + bias;
    }
    activate(f[1], fresh, n);
    float *state = h.data() + b * n;
    for (int64_t i = 0; i < n; ++i) {
      state[i] = (1 - z[i]) * fresh[i] + z[i] * state[i];
    }
  }
};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The activations of one direction, with what the standard says they have by default.
bool activationsOf(Call &call, Cell cell, size_t direction, std::vector<Activation> &out) {
  static const std::vector<std::string> defaults[] = {{"tanh"}, {"sigmoid", "tanh"}, {"sigmoid", "tanh", "tanh"}};
  const size_t count = defaults[static_cast<size_t>(cell)].size();
  const std::vector<std::string> names = call.texts("activations");
  const std::vector<float> alphas = call.reals("activation_alpha");
  const std::vector<float> betas = call.reals("activation_beta");
  static const std::vector<std::pair<std::string, std::pair<float, float>>> known = {{"sigmoid", {}},
                                                                                     {"tanh", {}},
                                                                                     {"relu", {}},
                                                                                     {"affine", {1, 0}},
                                                                                     {"leakyrelu", {0.01F, 0}},
                                                                                     {"thresholdedrelu", {1, 0}},
                                                                                     {"scaledtanh", {1, 1}},
                                                                                     {"hardsigmoid", {0.2F, 0.5F}},
                                                                                     {"elu", {1, 0}},
                                                                                     {"softsign", {}},
                                                                                     {"softplus", {}}};
  for (size_t i = 0; i < count; ++i) {
    const size_t at = direction * count + i;
    Activation one{at < names.size() ? lower(names[at]) : defaults[static_cast<size_t>(cell)][i]};
    const auto found = std::ranges::find(known, one.name, [](const auto &entry) { return entry.first; });
    if (!call.need(found != known.end(), "does not know the activation '{}'", one.name)) {
      return false;
    }
    one.alpha = at < alphas.size() ? alphas[at] : found->second.first;
    one.beta = at < betas.size() ? betas[at] : found->second.second;
    out.push_back(one);
  }
  return true;
}

/// Everything that directions share.
struct CellRun {
  Call &call;
  Cell cell;
  int64_t gates, steps, batch, width, hidden, directions;
  bool batchFirst;
  Array x, w, r;
  Array b, h0, c0, p; ///< without data: left out
  Shape lengths;

  int64_t rowOf(int64_t t, int64_t n) const { return batchFirst ? n * steps + t : t * batch + n; }

  /// Runs direction d; y is [steps, directions, batch, hidden] or batch first [batch, steps, directions, hidden].
  void run(int64_t d, bool backwards, Array *y, Array *lastH, Array *lastC) {
    const int64_t all = gates * hidden;
    Direction at{cell,
                 batch,
                 hidden,
                 {},
                 call.real("clip"),
                 call.integer("linear_before_reset") != 0,
                 call.integer("input_forget") != 0,
                 r.as<float>() + d * all * hidden,
                 nullptr,
                 p.data ? p.as<float>() + d * 3 * hidden : nullptr,
                 {},
                 {},
                 {}};
    if (!activationsOf(call, cell, static_cast<size_t>(d), at.f)) {
      return;
    }
    at.h.assign(static_cast<size_t>(batch * hidden), 0);
    at.c = at.h;
    const auto begin = [&](const Array &from, std::vector<float> &to) {
      for (int64_t n = 0; from.data && n < batch; ++n) {
        std::copy_n(from.as<float>() + (batchFirst ? n * directions + d : d * batch + n) * hidden, hidden,
                    to.data() + n * hidden);
      }
    };
    begin(h0, at.h);
    begin(c0, at.c);
    Array inputs = call.make(DataType::Float, {steps * batch, all});
    Array recurrent = call.make(DataType::Float, {batch, all});
    if (!call.ok()) {
      return;
    }
    MatrixProduct whole{1, steps * batch, width, all, {}, {}, false, true};
    multiply(call, whole, x.as<float>(), w.as<float>() + d * all * width, inputs.to<float>(), -1);
    addBias(d, at, inputs.to<float>());
    Workspace memory;
    const PackedMatrix packed = packMatrix({at.r, Side::Transposed, hidden, all}, call.threads, memory);
    Array reset = call.make(DataType::Float, {batch, hidden});
    for (int64_t t = 0; t < steps; ++t) {
      PackedProduct{at.h.data(), packed, nullptr, recurrent.to<float>(), all}.run(batch);
      for (int64_t n = 0; n < batch; ++n) {
        const int64_t length = lengths.empty() ? steps : lengths[static_cast<size_t>(n)];
        const int64_t time = backwards ? length - 1 - t : t;
        float *row = t < length ? inputs.to<float>() + rowOf(time, n) * all : nullptr;
        if (row) {
          step(at, n, row, recurrent.as<float>() + n * all, reset);
        }
        if (y) {
          const int64_t where = t < length ? time : t; // behind the end: 0
          float *out =
              y->to<float>() +
              (batchFirst ? (n * steps + where) * directions + d : (where * directions + d) * batch + n) * hidden;
          row ? std::copy_n(at.h.data() + n * hidden, hidden, out) : std::fill_n(out, hidden, 0.0F);
        }
      }
    }
    const auto end = [&](const std::vector<float> &from, Array *to) {
      for (int64_t n = 0; to && n < batch; ++n) {
        std::copy_n(from.data() + n * hidden, hidden,
                    to->to<float>() + (batchFirst ? n * directions + d : d * batch + n) * hidden);
      }
    };
    end(at.h, lastH);
    end(at.c, lastC);
  }

  void addBias(int64_t d, Direction &at, float *inputs) {
    if (!b.data) {
      return;
    }
    const int64_t all = gates * hidden;
    const float *bias = b.as<float>() + d * 2 * all;
    at.biasR = cell == Cell::Gru ? bias + all : nullptr;
    for (int64_t row = 0; row < steps * batch; ++row) {
      for (int64_t i = 0; i < all; ++i) {
        // The GRU's last gate has its recurrent bias inside of what is reset.
        inputs[row * all + i] += bias[i] + (cell == Cell::Gru && i >= 2 * hidden ? 0 : bias[all + i]);
      }
    }
  }

  void step(Direction &at, int64_t n, float *row, const float *recurrent, Array &reset) {
    if (cell == Cell::Lstm) {
      at.lstmStep(n, row, recurrent);
    } else if (cell == Cell::Rnn) {
      at.rnnStep(n, row, recurrent);
    } else {
      for (int64_t i = 0; i < 2 * hidden; ++i) {
        row[i] += recurrent[i];
      }
      at.activate(at.f[0], row, 2 * hidden);
      if (at.linearFirst) {
        at.gruEnd(n, row, recurrent + 2 * hidden, true);
        return;
      }
      float *state = reset.to<float>() + n * hidden;
      for (int64_t i = 0; i < hidden; ++i) {
        state[i] = row[hidden + i] * at.h[static_cast<size_t>(n * hidden + i)];
      }
      std::vector<float> candidate(static_cast<size_t>(hidden));
      for (int64_t i = 0; i < hidden; ++i) {
        const float *weights = at.r + (2 * hidden + i) * hidden;
        float sum = 0;
        for (int64_t k = 0; k < hidden; ++k) {
          sum += weights[k] * state[k];
        }
        candidate[static_cast<size_t>(i)] = sum;
      }
      at.gruEnd(n, row, candidate.data(), false);
    }
  }
};

bool shaped(Call &call, const Array &array, const Shape &dims, const char *what) {
  return call.need(!array.data || (array.type == DataType::Float && array.dims == dims),
                   "expected {} of other extents, found {}", what, render(array));
}

void runCell(Call &call, Cell cell) {
  const int64_t gates = cell == Cell::Lstm ? 4 : cell == Cell::Gru ? 3 : 1;
  const std::string direction = call.text("direction", "forward");
  const int64_t directions = direction == "bidirectional" ? 2 : 1;
  const auto optional = [&](size_t i) { return call.has(i) ? call.in(i) : Array(); };
  CellRun run{call,
              cell,
              gates,
              0,
              0,
              0,
              0,
              directions,
              call.integer("layout") != 0,
              call.in(0),
              call.in(1),
              call.in(2),
              optional(3),
              optional(5),
              cell == Cell::Lstm ? optional(6) : Array(),
              cell == Cell::Lstm ? optional(7) : Array(),
              {}};
  if (!call.ok() || !call.need(run.x.rank() == 3 && run.r.rank() == 3 && run.x.type == DataType::Float &&
                                   (direction == "forward" || direction == "reverse" || directions == 2),
                               "expected float [sequence, batch, width] and a direction")) {
    return;
  }
  run.steps = run.x.dims[run.batchFirst ? 1 : 0];
  run.batch = run.x.dims[run.batchFirst ? 0 : 1];
  run.width = run.x.dims[2];
  run.hidden = run.r.dims[2];
  const Shape states =
      run.batchFirst ? Shape{run.batch, directions, run.hidden} : Shape{directions, run.batch, run.hidden};
  if (!call.need(call.integer("hidden_size", run.hidden) == run.hidden, "expected recurrent weights of hidden_size") ||
      !shaped(call, run.w, {directions, gates * run.hidden, run.width}, "W") ||
      !shaped(call, run.r, {directions, gates * run.hidden, run.hidden}, "R") ||
      !shaped(call, run.b, {directions, 2 * gates * run.hidden}, "B") || !shaped(call, run.h0, states, "initial_h") ||
      !shaped(call, run.c0, states, "initial_c") || !shaped(call, run.p, {directions, 3 * run.hidden}, "P")) {
    return;
  }
  if (call.has(4)) {
    run.lengths = call.numbersOf(4, 1 << 24);
    const bool fit = static_cast<int64_t>(run.lengths.size()) == run.batch &&
                     std::ranges::all_of(run.lengths, [&](int64_t n) { return n >= 0 && n <= run.steps; });
    call.need(fit, "expected a length up to {} for each of {} sequences", run.steps, run.batch);
  }
  const Shape all = run.batchFirst ? Shape{run.batch, run.steps, directions, run.hidden}
                                   : Shape{run.steps, directions, run.batch, run.hidden};
  call.outputs.resize(3);
  if (!call.ok() || !call.out(0, DataType::Float, all) || !call.out(1, DataType::Float, states) ||
      (cell == Cell::Lstm && !call.out(2, DataType::Float, states))) {
    return;
  }
  for (int64_t d = 0; d < directions && call.ok(); ++d) {
    run.run(d, direction == "reverse" || d == 1, &call.outputs[0].array, &call.outputs[1].array,
            cell == Cell::Lstm ? &call.outputs[2].array : nullptr);
  }
}

} // namespace

void addCellOps(OpTable &table) {
  const char *names = "activation_alpha activation_beta activations clip direction hidden_size layout output_sequence";
  table["RNN"] = {[](Call &call) { runCell(call, Cell::Rnn); }, names, 7};
  table["GRU"] = {[](Call &call) { runCell(call, Cell::Gru); },
                  "activation_alpha activation_beta activations clip direction hidden_size layout linear_before_reset "
                  "output_sequence",
                  7};
  table["LSTM"] = {
      [](Call &call) { runCell(call, Cell::Lstm); },
      "activation_alpha activation_beta activations clip direction hidden_size input_forget layout output_sequence", 7};
}

} // namespace clew::onnx

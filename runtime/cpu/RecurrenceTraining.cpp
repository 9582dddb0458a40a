// See RecurrenceTraining.h. A group's sequences are sorted by length, longest first, so that those which are still running at a step are
// the first rows of its matrices. `t` counts steps of a sequence in the direction of the recurrence.
#include "runtime/cpu/RecurrenceTraining.h"

#include "runtime/base/ParallelFor.h"
#include "runtime/base/Rounding.h"
#include "runtime/cpu/FloatLoops.h"
#include "runtime/cpu/Vectors.h"

#include <algorithm>
#include <numeric>
#include <span>

namespace clew {
namespace {

constexpr int64_t sequencesTogether = 16;

/// What a call says, without asking each row again. Null where there is none.
struct Cells {
  bool gru = false, reverse = false, updateNew = false;
  int64_t hidden = 0, width = 0; ///< H; G H
  const float *gates = nullptr, *weight = nullptr, *bias = nullptr;
  const float *h0 = nullptr, *c0 = nullptr;
  bool oneState = false; ///< h0 and c0 are one row for all
  std::span<const int32_t> offsets;
  // forward
  float *y = nullptr, *hN = nullptr, *cN = nullptr;
  // backward
  const float *out = nullptr, *dy = nullptr, *dhN = nullptr, *dcN = nullptr;
  float *dgates = nullptr, *dproducts = nullptr, *dh0 = nullptr, *dc0 = nullptr;

  int64_t sequences() const { return static_cast<int64_t>(offsets.size()) - 1; }
  int64_t length(int64_t s) const { return offsets[static_cast<size_t>(s) + 1] - offsets[static_cast<size_t>(s)]; }
  int64_t row(int64_t s, int64_t t) const {
    return reverse ? offsets[static_cast<size_t>(s) + 1] - 1 - t : offsets[static_cast<size_t>(s)] + t;
  }
};

Cells cellsOf(const RefCall &call, bool backward) {
  Cells c;
  c.gru = call.attribute("gru", 0) != 0;
  c.reverse = call.attribute("reverse", 0) != 0;
  c.updateNew = call.attribute("update_new", 0) != 0;
  const bool initial = call.attribute("initial", 0) != 0;
  size_t next = 0;
  const auto take = [&](bool there) { return there ? &call.operands[next++] : nullptr; };
  const RefTensor *gates = take(true);
  c.width = gates->columns;
  c.hidden = c.width / (c.gru ? 3 : 4);
  c.gates = floats(*gates);
  c.weight = floats(*take(true));
  c.bias = floatsOrNull(take(c.gru));
  const RefTensor *h0 = take(initial);
  c.h0 = floatsOrNull(h0);
  c.c0 = floatsOrNull(take(initial && !c.gru));
  c.oneState = h0 && h0->rows == 1;
  const RefTensor *offsets = take(true);
  c.offsets = {static_cast<const int32_t *>(offsets->data), static_cast<size_t>(offsets->elements())};
  if (!backward) {
    c.y = floatsOrNull(call.result(0));
    c.hN = floatsOrNull(call.result(1));
    c.cN = floatsOrNull(call.result(2));
    return c;
  }
  const auto given = static_cast<int>(call.attribute("given", 0));
  c.out = floats(*take(true));
  c.dy = floatsOrNull(take((given & 1) != 0));
  c.dhN = floatsOrNull(take((given & 2) != 0));
  c.dcN = floatsOrNull(take((given & 4) != 0));
  c.dgates = floatsOrNull(call.result(0));
  c.dproducts = floatsOrNull(call.result(1));
  c.dh0 = floatsOrNull(call.result(4));
  c.dc0 = floatsOrNull(call.result(5));
  return c;
}

/// A group: its sequences, and where the rows of each step begin if all steps' rows stand one after the other.
struct Group {
  std::vector<int64_t> sequences; ///< longest first
  std::vector<int64_t> begin;     ///< by step; one more than steps

  Group(const Cells &c, std::span<const int64_t> order) : sequences(order.begin(), order.end()) {
    const int64_t steps = sequences.empty() ? 0 : c.length(sequences.front());
    begin.push_back(0);
    for (int64_t t = 0; t < steps; ++t) {
      begin.push_back(begin.back() + running(c, t));
    }
  }
  int64_t steps() const { return static_cast<int64_t>(begin.size()) - 1; }
  int64_t rows() const { return begin.back(); }
  int64_t rowsAt(int64_t t) const { return begin[static_cast<size_t>(t) + 1] - begin[static_cast<size_t>(t)]; }

private:
  int64_t running(const Cells &c, int64_t t) const {
    return std::ranges::count_if(sequences, [&](int64_t s) { return c.length(s) > t; });
  }
};

template <typename Work> void eachGroup(const Cells &c, int threads, Work work) {
  std::vector<int64_t> order(static_cast<size_t>(c.sequences()));
  std::iota(order.begin(), order.end(), int64_t{0});
  std::ranges::sort(
      order, [&](int64_t a, int64_t b) { return c.length(a) != c.length(b) ? c.length(a) > c.length(b) : a < b; });
  const int64_t groups = ceilDiv(c.sequences(), sequencesTogether);
  parallelFor(threads, groups, [&](int64_t index, int) {
    const auto first = static_cast<size_t>(index * sequencesTogether);
    const size_t count = std::min(order.size() - first, static_cast<size_t>(sequencesTogether));
    work(Group(c, std::span(order).subspan(first, count)));
  });
}

/// One step of a cell: a = gates of the token, p = W h (+ bias), act = the gates after their functions.
struct LstmStep {
  const float *a, *p;
  float *act, *c, *tanhC, *h;
};
struct GruStep {
  const float *a, *p, *bias;
  float *act, *h;
  bool updateNew;
};

CLEW_VECTORS void lstmStep(int64_t hidden, LstmStep step) {
  const auto [a, p, act, c, tanhC, h] = step;
  for (int64_t j = 0; j < hidden; ++j) {
    act[j] = fastSigmoid(a[j] + p[j]);
    act[hidden + j] = fastSigmoid(a[hidden + j] + p[hidden + j]);
    act[2 * hidden + j] = fastTanh(a[2 * hidden + j] + p[2 * hidden + j]);
    act[3 * hidden + j] = fastSigmoid(a[3 * hidden + j] + p[3 * hidden + j]);
    c[j] = act[hidden + j] * c[j] + act[j] * act[2 * hidden + j];
    tanhC[j] = fastTanh(c[j]);
    h[j] = act[3 * hidden + j] * tanhC[j];
  }
}

CLEW_VECTORS void gruStep(int64_t hidden, GruStep step) {
  const auto [a, p, bias, act, h, updateNew] = step;
  for (int64_t j = 0; j < hidden; ++j) {
    const float r = fastSigmoid(a[j] + p[j] + bias[j]);
    const float z = fastSigmoid(a[hidden + j] + p[hidden + j] + bias[hidden + j]);
    const float n = fastTanh(a[2 * hidden + j] + r * (p[2 * hidden + j] + bias[2 * hidden + j]));
    const float keep = updateNew ? 1.0F - z : z;
    act[j] = r;
    act[hidden + j] = z;
    act[2 * hidden + j] = n;
    h[j] = (1.0F - keep) * n + keep * h[j];
  }
}

/// d: gradients of the gates before their functions. dc: of c, becomes that of the step before.
struct LstmBack {
  const float *act, *before, *tanhC, *dh;
  float *dc, *d;
};
/// d: of gates; dp: of products. dh becomes what passes h by without a product.
struct GruBack {
  const float *act, *p, *bias, *before;
  float *dh, *d, *dp;
  bool updateNew;
};

CLEW_VECTORS void lstmBack(int64_t hidden, LstmBack step) {
  const auto [act, before, tanhC, dh, dc, d] = step;
  for (int64_t j = 0; j < hidden; ++j) {
    const float i = act[j], f = act[hidden + j], n = act[2 * hidden + j], o = act[3 * hidden + j];
    const float cell = dc[j] + dh[j] * o * (1.0F - tanhC[j] * tanhC[j]);
    d[3 * hidden + j] = dh[j] * tanhC[j] * o * (1.0F - o);
    d[j] = cell * n * i * (1.0F - i);
    d[hidden + j] = cell * before[j] * f * (1.0F - f);
    d[2 * hidden + j] = cell * i * (1.0F - n * n);
    dc[j] = cell * f;
  }
}

CLEW_VECTORS void gruBack(int64_t hidden, GruBack step) {
  const auto [act, p, bias, before, dh, d, dp, updateNew] = step;
  for (int64_t j = 0; j < hidden; ++j) {
    const float r = act[j], z = act[hidden + j], n = act[2 * hidden + j];
    const float keep = updateNew ? 1.0F - z : z;
    const float dkeep = dh[j] * (before[j] - n);
    const float dn = dh[j] * (1.0F - keep) * (1.0F - n * n);
    const float dr = dn * (p[2 * hidden + j] + bias[2 * hidden + j]);
    d[j] = dp[j] = dr * r * (1.0F - r);
    d[hidden + j] = dp[hidden + j] = (updateNew ? -dkeep : dkeep) * z * (1.0F - z);
    d[2 * hidden + j] = dn;
    dp[2 * hidden + j] = dn * r;
    dh[j] = dh[j] * keep;
  }
}

void begin(const float *state, bool one, int64_t s, int64_t columns, float *to) {
  if (state) {
    std::copy_n(state + (one ? 0 : s * columns), columns, to);
  } else {
    std::fill_n(to, columns, 0.0F);
  }
}

void forwardGroup(const Cells &c, const PackedMatrix &packed, const Group &group) {
  const int64_t count = static_cast<int64_t>(group.sequences.size());
  const int64_t hidden = c.hidden;
  std::vector<float> h(static_cast<size_t>(count * hidden)), cell(h.size()),
      product(static_cast<size_t>(count * c.width)), act(static_cast<size_t>(c.width)),
      tanhC(static_cast<size_t>(hidden));
  for (int64_t i = 0; i < count; ++i) {
    begin(c.h0, c.oneState, group.sequences[i], hidden, h.data() + i * hidden);
    begin(c.c0, c.oneState, group.sequences[i], hidden, cell.data() + i * hidden);
  }
  for (int64_t t = 0; t < group.steps(); ++t) {
    const int64_t rows = group.rowsAt(t);
    PackedProduct{.a = h.data(), .b = packed, .c = product.data(), .stride = c.width}.run(rows);
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t s = group.sequences[i];
      const int64_t row = c.row(s, t);
      float *state = h.data() + i * hidden;
      const float *gates = c.gates + row * c.width;
      const float *p = product.data() + i * c.width;
      if (c.gru) {
        gruStep(hidden, {gates, p, c.bias, act.data(), state, c.updateNew});
      } else {
        lstmStep(hidden, {gates, p, act.data(), cell.data() + i * hidden, tanhC.data(), state});
      }
      if (c.y) {
        std::copy_n(state, hidden, c.y + row * hidden);
      }
      if (t + 1 == c.length(s)) {
        if (c.hN) {
          std::copy_n(state, hidden, c.hN + s * hidden);
        }
        if (c.cN) {
          std::copy_n(c.gru ? state : cell.data() + i * hidden, hidden, c.cN + s * hidden);
        }
      }
    }
  }
}

/// Everything that the steps of a group had, computed again: rows as Group::begin has them.
struct Replay {
  std::vector<float> before;      ///< h of the step before
  std::vector<float> product;     ///< W h
  std::vector<float> act;         ///< gates after their functions
  std::vector<float> last, tanhC; ///< LSTM: c of the step before; tanh(c)

  Replay(const Cells &c, const PackedMatrix &packed, const Group &group) {
    const auto rows = static_cast<size_t>(group.rows());
    const auto hidden = static_cast<size_t>(c.hidden);
    before.resize(rows * hidden);
    product.resize(rows * static_cast<size_t>(c.width));
    act.resize(product.size());
    last.resize(c.gru ? 0 : before.size());
    tanhC.resize(last.size());
    for (int64_t t = 0; t < group.steps(); ++t) {
      for (int64_t i = 0; i < group.rowsAt(t); ++i) {
        float *to = before.data() + (group.begin[t] + i) * c.hidden;
        const int64_t s = group.sequences[i];
        if (t == 0) {
          clew::begin(c.h0, c.oneState, s, c.hidden, to);
        } else {
          std::copy_n(c.out + c.row(s, t - 1) * c.hidden, c.hidden, to);
        }
      }
    }
    PackedProduct{.a = before.data(), .b = packed, .c = product.data(), .stride = c.width}.run(group.rows());
    std::vector<float> cell(group.sequences.size() * hidden), h(hidden);
    for (size_t i = 0; i < group.sequences.size(); ++i) {
      clew::begin(c.c0, c.oneState, group.sequences[i], c.hidden, cell.data() + i * hidden);
    }
    for (int64_t t = 0; t < group.steps(); ++t) {
      for (int64_t i = 0; i < group.rowsAt(t); ++i) {
        const int64_t at = group.begin[t] + i;
        const float *gates = c.gates + c.row(group.sequences[i], t) * c.width;
        const float *p = product.data() + at * c.width;
        if (c.gru) {
          std::copy_n(before.data() + at * c.hidden, hidden, h.data());
          gruStep(c.hidden, {gates, p, c.bias, act.data() + at * c.width, h.data(), c.updateNew});
        } else {
          float *now = cell.data() + static_cast<size_t>(i) * hidden;
          std::copy_n(now, hidden, last.data() + at * c.hidden);
          lstmStep(c.hidden, {gates, p, act.data() + at * c.width, now, tanhC.data() + at * c.hidden, h.data()});
        }
      }
    }
  }
};

void backwardGroup(const Cells &c, const PackedMatrix &packed, const PackedMatrix &packedBack, const Group &group) {
  const Replay replay(c, packed, group);
  const auto count = static_cast<int64_t>(group.sequences.size());
  const int64_t hidden = c.hidden;
  const auto states = static_cast<size_t>(count * hidden);
  std::vector<float> dh(states), dc(states), through(states), d(static_cast<size_t>(c.width)),
      dp(static_cast<size_t>(count * c.width));
  for (int64_t i = 0; i < count; ++i) {
    begin(c.dhN, false, group.sequences[i], hidden, dh.data() + i * hidden);
    begin(c.dcN, false, group.sequences[i], hidden, dc.data() + i * hidden);
  }
  for (int64_t t = group.steps(); t-- > 0;) {
    const int64_t rows = group.rowsAt(t);
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t row = c.row(group.sequences[i], t);
      const int64_t at = group.begin[t] + i;
      float *dhOf = dh.data() + i * hidden;
      float *dpOf = dp.data() + i * c.width;
      const float *act = replay.act.data() + at * c.width;
      if (c.dy) {
        addTo(dhOf, c.dy + row * hidden, hidden);
      }
      if (c.gru) {
        gruBack(hidden, {act, replay.product.data() + at * c.width, c.bias, replay.before.data() + at * hidden, dhOf,
                         d.data(), dpOf, c.updateNew});
      } else {
        lstmBack(hidden, {act, replay.last.data() + at * hidden, replay.tanhC.data() + at * hidden, dhOf,
                          dc.data() + i * hidden, dpOf});
        std::fill_n(dhOf, hidden, 0.0F);
      }
      if (c.dgates) {
        std::copy_n(c.gru ? d.data() : dpOf, c.width, c.dgates + row * c.width);
      }
      if (c.dproducts) {
        std::copy_n(dpOf, c.width, c.dproducts + row * c.width);
      }
    }
    PackedProduct{.a = dp.data(), .b = packedBack, .c = through.data(), .stride = hidden}.run(rows);
    addTo(dh.data(), through.data(), rows * hidden);
  }
  for (int64_t i = 0; i < count; ++i) {
    const int64_t s = group.sequences[i];
    if (c.dh0) {
      std::copy_n(dh.data() + i * hidden, hidden, c.dh0 + s * hidden);
    }
    if (c.dc0) {
      std::copy_n(dc.data() + i * hidden, hidden, c.dc0 + s * hidden);
    }
  }
}

} // namespace

bool runsRecurrence(const RefCall &call) {
  for (const char *name : {"projection", "cell_clip", "projection_clip", "reset_before"}) {
    if (call.attribute(name, 0) != 0) {
      return false;
    }
  }
  for (const RefTensor &view : call.operands) {
    if (view.dtype != DType::F32 && view.dtype != DType::I32) {
      return false;
    }
  }
  return true;
}

Result<void> recurrenceForward(const RefCall &call, int threads, Workspace &memory) {
  const Cells c = cellsOf(call, false);
  const PackedMatrix packed = packMatrix({c.weight, Side::Transposed, c.hidden, c.width}, threads, memory);
  eachGroup(c, threads, [&](const Group &group) { forwardGroup(c, packed, group); });
  return {};
}

Result<void> recurrenceBackward(const RefCall &call, int threads, Workspace &memory) {
  const Cells c = cellsOf(call, true);
  const PackedMatrix packed = packMatrix({c.weight, Side::Transposed, c.hidden, c.width}, threads, memory);
  const PackedMatrix packedBack = packMatrix({c.weight, Side::AsItLies, c.width, c.hidden}, threads, memory);
  eachGroup(c, threads, [&](const Group &group) { backwardGroup(c, packed, packedBack, group); });
  return {};
}

} // namespace clew

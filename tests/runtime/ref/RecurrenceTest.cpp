// recurrence and lstm: one unit worked by hand, directions, packing, lower precision, and lstm against its two parts.
#include "tests/runtime/ref/RefCase.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace clew;
using namespace clew::test;

namespace {

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

/// Cell state and output of one unit after a token.
struct Cell {
  double c;
  double h;
};

/// One unit with gates i, f, g, o already summed up.
Cell cell(double i, double f, double g, double o, double c) {
  const double next = logistic(f) * c + logistic(i) * std::tanh(g);
  return {next, logistic(o) * std::tanh(next)};
}

std::vector<double> rowsOf(const Tensor &tensor, int64_t begin, int64_t end) {
  const auto values = tensor.values();
  return {values.begin() + begin * tensor.columns, values.begin() + end * tensor.columns};
}

} // namespace

TEST_CASE("one unit over two tokens, in gate order i, f, g, o") {
  // W_hh = [0.5, -1, 2, 0.25]
  Tensor gates = f32(2, 4, {0.1, 0.2, 0.3, 0.4, -0.5, 0.6, 0.7, -0.8}), w = f32(4, 1, {0.5, -1, 2, 0.25}),
         offsets = i32({0, 2});
  Tensor y = f32(2, 1), h = f32(1, 1), c = f32(1, 1);
  const Cell first = cell(0.1, 0.2, 0.3, 0.4, 0);
  const Cell second = cell(-0.5 + 0.5 * first.h, 0.6 - first.h, 0.7 + 2 * first.h, -0.8 + 0.25 * first.h, first.c);
  for (RefCompute compute : {RefCompute::F64, RefCompute::F32}) {
    REQUIRE(run("recurrence", {&gates, &w, &offsets}, {&y, &h, &c}, {{"hidden", 1}}, compute).ok());
    checkValues(y, {first.h, second.h});
    checkValues(h, {second.h});
    checkValues(c, {second.c});
  }
  const Cell last = cell(-0.5, 0.6, 0.7, -0.8, 0);
  const Cell back = cell(0.1 + 0.5 * last.h, 0.2 - last.h, 0.3 + 2 * last.h, 0.4 + 0.25 * last.h, last.c);
  REQUIRE(run("recurrence", {&gates, &w, &offsets}, {&y, nullptr, &c}, {{"reverse", 1}}).ok());
  checkValues(y, {back.h, last.h});
  checkValues(c, {back.c});
}

TEST_CASE("packed sequences give the bits of each one alone, in both directions, and a NaN stays in its sequence") {
  const int64_t hidden = 3;
  Tensor gates = f32(6, 4 * hidden, noise(24 * hidden, 1)), w = f32(4 * hidden, hidden, noise(4 * hidden * hidden, 2));
  Tensor offsets = i32({0, 1, 4, 6}), y = f32(6, hidden);
  for (double reverse : {0.0, 1.0}) {
    REQUIRE(run("recurrence", {&gates, &w, &offsets}, {&y}, {{"reverse", reverse}}).ok());
    for (auto [begin, end] : {std::pair<int64_t, int64_t>{0, 1}, {1, 4}, {4, 6}}) {
      Tensor alone = f32(end - begin, 4 * hidden, rowsOf(gates, begin, end)), z = f32(end - begin, hidden);
      Tensor o = i32({0, static_cast<double>(end - begin)});
      REQUIRE(run("recurrence", {&alone, &w, &o}, {&z}, {{"reverse", reverse}}).ok());
      CHECK(z.values() == rowsOf(y, begin, end));
    }
    Tensor broken = gates, z = f32(6, hidden);
    static_cast<float *>(broken.view().data)[2 * 4 * hidden] = std::numeric_limits<float>::quiet_NaN();
    REQUIRE(run("recurrence", {&broken, &w, &offsets}, {&z}, {{"reverse", reverse}}).ok());
    CHECK(rowsOf(z, 0, 1) == rowsOf(y, 0, 1));
    CHECK(rowsOf(z, 4, 6) == rowsOf(y, 4, 6));
    CHECK(std::isnan(z.at(2, 0)));
  }
}

TEST_CASE("bf16 weights see h rounded to bf16") {
  // Gate i alone reads h, with weight 1; all else is as large as to make h = tanh(sigmoid(i) tanh(g)).
  Tensor gates = f32(2, 4, {0.3, 0, 1, 50, 0.1, 0, 1, 50}), offsets = i32({0, 2}), y = f32(2, 1);
  Tensor w(DType::BF16, 4, 1, {1, 0, 0, 0});
  REQUIRE(run("recurrence", {&gates, &w, &offsets}, {&y}).ok());
  const Cell first = cell(static_cast<float>(0.3), 0, 1, 50, 0);
  const double rounded = static_cast<float>(BF16(static_cast<float>(first.h)));
  const Cell second = cell(static_cast<float>(0.1) + rounded, 0, 1, 50, first.c);
  CHECK(rounded != doctest::Approx(first.h).epsilon(1e-5));
  checkValues(y, {first.h, second.h}, 1e-7);
}

TEST_CASE("s8 weights see h quantized, with one scale a sequence") {
  // Two units, i = o = 1 and f = 0, so that h = tanh(tanh g): g is chosen for h = (0.7, 0.3) after the first token.
  std::vector<double> gates(16, 50); // i i f f g g o o, two tokens
  gates[2] = gates[3] = gates[10] = gates[11] = -50;
  gates[4] = std::atanh(std::atanh(0.7));
  gates[5] = std::atanh(std::atanh(0.3));
  gates[8] = 0; // i of unit 0 at the second token comes from the product alone
  std::vector<double> weights(16, 0);
  weights[0] = 100;
  weights[1] = -50;
  Tensor g = f32(2, 8, gates), offsets = i32({0, 2}), y = f32(2, 2), scales = f32(8, 1, std::vector<double>(8, 0.01));
  Tensor w(DType::S8, 8, 2, weights);
  REQUIRE(run("recurrence", {&g, &w, &scales, &offsets}, {&y}).ok());
  // scale 0.7/127, q = (127, round 54.43 = 54), sum = 100*127 - 50*54 = 10000
  const double gate = 10000 * (0.7 / 127) * 0.01;
  checkValues(y, {0.7, 0.3, std::tanh(logistic(gate)), std::tanh(1)}, 1e-6);
  CHECK_FALSE(run("recurrence", {&g, &w, &offsets}, {&y}).ok());
  Tensor plain = f32(8, 2, weights);
  CHECK_FALSE(run("recurrence", {&g, &plain, &scales, &offsets}, {&y}).ok());
}

TEST_CASE("lstm is a linear and a recurrence") {
  const int64_t in = 5, hidden = 3;
  Tensor x = f32(6, in, noise(6 * in, 1)), offsets = i32({0, 2, 6});
  Tensor wi = f32(4 * hidden, in, noise(4 * hidden * in, 2)),
         wh = f32(4 * hidden, hidden, noise(4 * hidden * hidden, 3));
  Tensor b = f32(1, 4 * hidden, noise(4 * hidden, 4)), gates(DType::F64, 6, 4 * hidden);
  Tensor y = f32(6, hidden), h = f32(2, hidden), c = f32(2, hidden), y2 = y, h2 = h, c2 = c;
  for (double reverse : {0.0, 1.0}) {
    REQUIRE(run("lstm", {&x, &offsets, &wi, &wh, &b}, {&y, &h, &c}, {{"hidden", 3}, {"reverse", reverse}}).ok());
    REQUIRE(run("linear", {&x, &wi, &b}, {&gates}).ok());
    REQUIRE(run("recurrence", {&gates, &wh, &offsets}, {&y2, &h2, &c2}, {{"hidden", 3}, {"reverse", reverse}}).ok());
    CHECK(y.values() == y2.values());
    CHECK(h.values() == h2.values());
    CHECK(c.values() == c2.values());
    const int64_t end = reverse != 0 ? 0 : 1;
    CHECK(rowsOf(h, 0, 1) == rowsOf(y, end, end + 1)); // hN is the output of the last token read
  }
  CHECK_FALSE(run("lstm", {&x, &offsets, &wi, &wh, &b}, {&y}, {{"hidden", 4}}).ok());
  CHECK_FALSE(run("lstm", {&x, &offsets, &wh, &wi, &b}, {&y}).ok());
}

TEST_CASE("a GRU's reset stands after the product or before it, and its update is the share of the old or of the new") {
  // Gates r, z, n; W_hh = [0.5, -1, 2], bias_hh = [0.1, -0.2, 0.3].
  Tensor gates = f32(2, 3, {0.1, 0.2, 0.3, -0.5, 0.6, 0.7}), w = f32(3, 1, {0.5, -1, 2}),
         b = f32(1, 3, {0.1, -0.2, 0.3});
  Tensor offsets = i32({0, 2}), y = f32(2, 1), h0 = f32(1, 1, {0.4});
  for (double before : {0.0, 1.0}) {
    for (double updateNew : {0.0, 1.0}) {
      const auto next = [&](double r, double z, double n, double h) {
        const double reset = logistic(r + 0.5 * h + 0.1);
        const double update = logistic(z - h - 0.2);
        const double fresh = std::tanh(before != 0 ? n + 2 * (reset * h) + 0.3 : n + reset * (2 * h + 0.3));
        return updateNew != 0 ? (1 - update) * h + update * fresh : (1 - update) * fresh + update * h;
      };
      const double first = next(0.1, 0.2, 0.3, 0.4);
      REQUIRE(run("recurrence", {&gates, &w, &b, &h0, &offsets}, {&y},
                  {{"gru", 1}, {"initial", 1}, {"reset_before", before}, {"update_new", updateNew}})
                  .ok());
      checkValues(y, {first, next(-0.5, 0.6, 0.7, first)}, 1e-6);
    }
  }
  CHECK_FALSE(run("recurrence", {&gates, &w, &b, &h0, &offsets}, {&y}, {{"gru", 1}}).ok());
  CHECK_FALSE(run("recurrence", {&gates, &w, &b, &offsets}, {&y}, {{"gru", 1}, {"initial", 1}}).ok());
  CHECK_FALSE(run("recurrence", {&gates, &w, &b, &offsets}, {&y}, {{"gru", 1}, {"cell_clip", -1}}).ok());
}

TEST_CASE("an LSTM's projection is what recurs; c and the projection are bounded; a state may be the same for every "
          "sequence") {
  // Two units, projected to one: W_hh [8,1], W_hr [1,2].
  Tensor gates = f32(3, 8, noise(24, 1)), w = f32(8, 1, noise(8, 2)), r = f32(1, 2, {2, -0.5}),
         offsets = i32({0, 2, 3});
  Tensor y = f32(3, 1), h = f32(2, 1), c = f32(2, 2), h0 = f32(1, 1, {0.25}), c0 = f32(2, 2, {0.5, -0.5, 0.75, 1});
  const double cellClip = 0.4;
  const double projectionClip = 0.3;
  const auto bounded = [](double x, double clip) { return std::min(std::max(x, -clip), clip); };
  std::vector<double> expected;
  for (int64_t s = 0; s < 2; ++s) {
    double state = 0.25;
    std::vector<double> cells = {c0.at(s, 0), c0.at(s, 1)};
    for (int64_t t = s == 0 ? 0 : 2; t < (s == 0 ? 2 : 3); ++t) {
      double projected = 0;
      const double before = state;
      for (int64_t u = 0; u < 2; ++u) {
        const auto gate = [&](int64_t index) { return gates.at(t, index * 2 + u) + w.at(index * 2 + u, 0) * before; };
        const double next = logistic(gate(1)) * cells[static_cast<size_t>(u)] + logistic(gate(0)) * std::tanh(gate(2));
        cells[static_cast<size_t>(u)] = bounded(next, cellClip);
        projected += r.at(0, u) * logistic(gate(3)) * std::tanh(cells[static_cast<size_t>(u)]);
      }
      state = bounded(projected, projectionClip);
      expected.push_back(state);
    }
  }
  REQUIRE(run("recurrence", {&gates, &w, &r, &h0, &c0, &offsets}, {&y, &h, &c},
              {{"projection", 1}, {"initial", 1}, {"cell_clip", cellClip}, {"projection_clip", projectionClip}})
              .ok());
  checkValues(y, expected, 1e-6);
  CHECK(h.at(0, 0) == y.at(1, 0));
  CHECK(std::abs(c.at(0, 0)) <= cellClip + 1e-7);
  Tensor tall = f32(2, 2, {1, 2, 3, 4});
  CHECK_FALSE(
      run("recurrence", {&gates, &w, &tall, &h0, &c0, &offsets}, {&y}, {{"projection", 1}, {"initial", 1}}).ok());
  CHECK_FALSE(run("recurrence", {&gates, &w, &r, &h0, &offsets}, {&y}, {{"projection", 1}, {"initial", 1}}).ok());
  CHECK_FALSE(run("recurrence", {&gates, &w, &r, &offsets}, {&y}, {{"projection", 1}, {"reset_before", 1}}).ok());
}

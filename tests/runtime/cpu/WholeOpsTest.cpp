// Ops of training on the cpu target against runtime/ref in f64. Products of depth K of values below 1 differ by about sqrt(K) units of 2^-24
// from it; functions of cells (RecurrenceTraining) by a few units, carried through up to 9 steps: 1e-5 is far above both and far below any
// wrong term. Every result must be the same bits for 1, 2 and 5 threads.
#include "runtime/cpu/WholeOps.h"

#include "runtime/base/RandomBits.h"
#include "runtime/ref/Activations.h"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <random>
#include <span>

using namespace clew;

namespace {

constexpr double tolerance = 1e-5;

/// A tensor of f32 and the same in f64.
struct Both {
  int64_t rows = 0, columns = 0;
  std::vector<float> narrow;
  std::vector<double> wide;

  RefTensor f32() { return {DType::F32, rows, columns, narrow.data()}; }
  RefTensor f64() { return {DType::F64, rows, columns, wide.data()}; }
};

Both values(int64_t rows, int64_t columns, unsigned seed, double size = 0.5) {
  Both both{rows, columns, {}, {}};
  std::mt19937 random(seed);
  for (int64_t i = 0; i < rows * columns; ++i) {
    const auto value = static_cast<float>(size * (2.0 * static_cast<double>(random()) / 4294967296.0 - 1));
    both.narrow.push_back(value);
    both.wide.push_back(static_cast<double>(value));
  }
  return both;
}

struct Ints {
  std::vector<int32_t> values;
  RefTensor view() { return {DType::I32, static_cast<int64_t>(values.size()), 1, values.data()}; }
};

using Attributes = std::vector<std::pair<std::string, double>>;
/// An operand: of floats, or of integers.
struct Operand {
  Both *floats = nullptr;
  Ints *ints = nullptr;
};

/// Runs the op both ways; results begin with what `results` hold. The largest difference.
double differenceOf(const std::string &op, const std::vector<Operand> &operands, std::vector<Both> results,
                    const Attributes &attributes) {
  std::vector<RefTensor> narrow, wide, wideResults;
  for (const Operand &operand : operands) {
    narrow.push_back(operand.floats ? operand.floats->f32() : operand.ints->view());
    wide.push_back(operand.floats ? operand.floats->f64() : operand.ints->view());
  }
  std::vector<Both> expected = results;
  for (Both &result : expected) {
    wideResults.push_back(result.f64());
  }
  auto reference = findRefOp(op)->run({wide, wideResults, attributes}, RefCompute::F64);
  REQUIRE_MESSAGE(reference.has_value(), reference.error().render());
  auto found = WholeOp::find(op);
  REQUIRE(found.has_value());
  std::vector<std::vector<float>> first;
  Workspace memory;
  for (int threads : {1, 2, 5}) {
    std::vector<Both> again = results;
    std::vector<RefTensor> views;
    for (Both &result : again) {
      views.push_back(result.f32());
    }
    auto done = found->run({narrow, views, attributes}, threads, memory);
    REQUIRE_MESSAGE(done.has_value(), done.error().render());
    std::vector<std::vector<float>> bits;
    for (Both &result : again) {
      bits.push_back(result.narrow);
    }
    if (first.empty()) {
      first = bits;
    }
    for (size_t i = 0; i < bits.size(); ++i) {
      CHECK(std::ranges::equal(std::as_bytes(std::span(bits[i])), std::as_bytes(std::span(first[i]))));
    }
  }
  double largest = 0;
  for (size_t i = 0; i < first.size(); ++i) {
    for (size_t j = 0; j < first[i].size(); ++j) {
      largest = std::max(largest, std::abs(static_cast<double>(first[i][j]) - expected[i].wide[j]));
    }
  }
  return largest;
}

} // namespace

TEST_CASE("products: shapes that fill blocks, and shapes that do not; onto what is there") {
  for (auto [rows, depth, columns] : {std::tuple{1, 1, 1}, {3, 17, 5}, {130, 48, 49}, {257, 100, 390}, {40, 300, 16}}) {
    INFO(rows << " x " << depth << " x " << columns);
    Both x = values(rows, depth, 1), w = values(columns, depth, 2), b = values(1, columns, 3),
         v = values(depth, columns, 4), dy = values(rows, columns, 5);
    CHECK(differenceOf("linear", {{&x}, {&w}, {&b}}, {values(rows, columns, 9)}, {}) < tolerance);
    CHECK(differenceOf("linear", {{&x}, {&w}}, {values(rows, columns, 9)}, {}) < tolerance);
    CHECK(differenceOf("matmul", {{&x}, {&v}}, {values(rows, columns, 9)}, {}) < tolerance);
    CHECK(differenceOf("outer_sum", {{&dy}, {&x}}, {values(columns, depth, 9)}, {}) < tolerance);
    CHECK(differenceOf("outer_sum", {{&dy}, {&x}}, {values(columns, depth, 9)}, {{"accumulate", 1}}) < tolerance);
  }
}

TEST_CASE("sums over rows, tables, and the adding of gradients") {
  Both x = values(150, 130, 1);
  CHECK(differenceOf("sum_rows", {{&x}}, {values(1, 130, 9)}, {}) < tolerance);
  CHECK(differenceOf("sum_rows", {{&x}}, {values(1, 130, 9)}, {{"accumulate", 1}}) < tolerance);
  CHECK(differenceOf("accumulate", {{&x}}, {values(150, 130, 9)}, {}) < tolerance);
  Ints ids;
  for (int32_t i = 0; i < 150; ++i) {
    ids.values.push_back(i * 7 % 11); // each row of the table many times
  }
  CHECK(differenceOf("embedding_gradient", {{nullptr, &ids}, {&x}}, {values(13, 130, 9)}, {{"start", 2}}) < tolerance);
  CHECK(differenceOf("embedding_gradient", {{nullptr, &ids}, {&x}}, {values(13, 130, 9)},
                     {{"start", 2}, {"accumulate", 1}}) < tolerance);
}

TEST_CASE("ids that are not in the table, and shapes that do not fit, are refused") {
  Both x = values(2, 4, 1), table = values(3, 4, 2);
  Ints ids{{0, 3}};
  std::vector<RefTensor> operands{ids.view(), x.f32()}, results{table.f32()};
  Workspace memory;
  const Attributes none;
  CHECK_FALSE(WholeOp::find("embedding_gradient")->run({operands, results, none}, 1, memory).has_value());
  std::vector<RefTensor> wrong{x.f32(), table.f32()}, three{table.f32()};
  CHECK_FALSE(WholeOp::find("matmul")->run({wrong, three, none}, 1, memory).has_value());
  CHECK_FALSE(WholeOp::find("no_such_op").has_value());
}

TEST_CASE("dropout: the same elements as runtime/ref drops, whatever the threads") {
  Both x = values(700, 101, 1);
  Ints bits;
  for (uint32_t word : randomState(5, 77)) {
    bits.values.push_back(static_cast<int32_t>(word));
  }
  Both y = values(700, 101, 2);
  CHECK(differenceOf("drop", {{&x}, {nullptr, &bits}}, {y}, {{"rate", 0.3}, {"site", 4}}) < tolerance);
  std::vector<RefTensor> operands{x.f32(), bits.view()}, results{y.f32()};
  const Attributes attributes{{"rate", 0.3}, {"site", 4}};
  Workspace memory;
  REQUIRE(WholeOp::find("drop")->run({operands, results, attributes}, 2, memory).has_value());
  const auto dropped = static_cast<double>(std::ranges::count(y.narrow, 0.0F)) / static_cast<double>(y.narrow.size());
  CHECK(dropped == doctest::Approx(0.3).epsilon(0.02));
}

TEST_CASE("ops that work row by row: matrices, vectors and numbers beside them") {
  Both x = values(2000, 24, 1, 2), dy = values(2000, 24, 2), w = values(1, 24, 3), b = values(1, 24, 4),
       number = values(1, 1, 5);
  const std::vector<Both> one{values(2000, 24, 9)};
  for (const char *op : {"add", "subtract", "multiply"}) {
    for (Both *y : {&dy, &w, &number}) {
      CHECK(differenceOf(op, {{&x}, {y}}, one, {}) < tolerance);
    }
  }
  CHECK(differenceOf("scale", {{&x}}, one, {{"factor", -1.5}}) < tolerance);
  CHECK(differenceOf("layer_norm", {{&x}, {&w}, {&b}}, one, {{"eps", 1e-5}}) < tolerance);
  CHECK(differenceOf("layer_norm_gradient", {{&x}, {&w}, {&dy}}, one, {{"eps", 1e-5}}) < tolerance);
  CHECK(differenceOf("standardize", {{&x}}, one, {{"eps", 1e-5}}) < tolerance);
  CHECK(differenceOf("softmax_gradient", {{&x}, {&dy}}, one, {}) < tolerance);
}

TEST_CASE("activations and their derivatives, from the middle to where they are flat") {
  for (double size : {0.1, 1.0, 7.0, 100.0}) {
    INFO(size);
    Both x = values(70, 301, 1, size), dy = values(70, 301, 2);
    const std::vector<Both> one{values(70, 301, 9)};
    for (size_t number = 0; number < std::size(ref::kActivations); ++number) {
      const std::string op(ref::kActivations[number].name);
      INFO(op);
      CHECK(differenceOf(op, {{&x}}, one, {}) < tolerance);
      CHECK(differenceOf("derivative", {{&x}, {&dy}}, one, {{"function", static_cast<double>(number)}}) < tolerance);
    }
  }
}

TEST_CASE("what is no number stays none, so that a loss tells of it") {
  Both x = values(3, 40, 1), dy = values(3, 40, 2), w = values(1, 40, 3), y = values(3, 40, 4);
  x.narrow[57] = std::nanf("");
  Workspace memory;
  const std::vector<RefTensor> results{y.f32()};
  const auto isKept = [&](std::string_view op, const std::vector<RefTensor> &operands, const Attributes &attributes) {
    REQUIRE(WholeOp::find(op)->run({operands, results, attributes}, 1, memory).has_value());
    return std::isnan(y.narrow[57]);
  };
  for (size_t number = 0; number < std::size(ref::kActivations); ++number) {
    INFO(ref::kActivations[number].name);
    CHECK(isKept(ref::kActivations[number].name, {x.f32()}, {}));
    CHECK(isKept("derivative", {x.f32(), dy.f32()}, {{"function", static_cast<double>(number)}}));
  }
  CHECK(isKept("layer_norm", {x.f32(), w.f32(), w.f32()}, {}));
  CHECK(isKept("layer_norm_gradient", {x.f32(), w.f32(), dy.f32()}, {}));
  CHECK(isKept("standardize", {x.f32()}, {}));
}

namespace {

/// A batch of sequences with these lengths: enough of them for several groups, none of them first by length.
Ints offsetsOf(const std::vector<int32_t> &lengths) {
  Ints offsets{{0}};
  for (int32_t length : lengths) {
    offsets.values.push_back(offsets.values.back() + length);
  }
  return offsets;
}

void checkRecurrence(bool gru, bool reverse, bool updateNew, int64_t initialRows) {
  INFO("gru " << gru << " reverse " << reverse << " update_new " << updateNew << " initial rows " << initialRows);
  std::vector<int32_t> lengths;
  for (int32_t i = 0; i < 37; ++i) {
    lengths.push_back(1 + i * 5 % 9);
  }
  Ints offsets = offsetsOf(lengths);
  const auto sequences = static_cast<int64_t>(lengths.size());
  const int64_t tokens = offsets.values.back(), hidden = 19, width = (gru ? 3 : 4) * hidden;
  Both gates = values(tokens, width, 1, 2), w = values(width, hidden, 2), b = values(1, width, 3),
       h0 = values(initialRows, hidden, 4), c0 = values(initialRows, hidden, 5), y = values(tokens, hidden, 6),
       dy = values(tokens, hidden, 7), dh = values(sequences, hidden, 8), dc = values(sequences, hidden, 9);
  Attributes attributes{{"gru", gru}, {"reverse", reverse}, {"update_new", updateNew}, {"initial", initialRows > 0}};
  std::vector<Operand> operands{{&gates}, {&w}};
  if (gru) {
    operands.push_back({&b});
  }
  if (initialRows > 0) {
    operands.push_back({&h0});
    if (!gru) {
      operands.push_back({&c0});
    }
  }
  operands.push_back({nullptr, &offsets});
  CHECK(differenceOf("recurrence", operands,
                     {values(tokens, hidden, 1), values(sequences, hidden, 1), values(sequences, hidden, 1)},
                     attributes) < tolerance);
  // Backward from the outputs that belong to these gates.
  std::vector<RefTensor> views, results{y.f64()};
  for (const Operand &operand : operands) {
    views.push_back(operand.floats ? operand.floats->f64() : operand.ints->view());
  }
  REQUIRE(findRefOp("recurrence")->run({views, results, attributes}, RefCompute::F64).has_value());
  for (size_t i = 0; i < y.wide.size(); ++i) {
    y.narrow[i] = static_cast<float>(y.wide[i]);
  }
  operands.push_back({&y});
  operands.push_back({&dy});
  operands.push_back({&dh});
  if (!gru) {
    operands.push_back({&dc});
  }
  attributes.emplace_back("given", gru ? 3 : 7);
  // fed and dprojected belong to cells that run in runtime/ref; nobody asks for them here.
  std::vector<Both> gradients{values(tokens, width, 1), values(tokens, width, 1)};
  CHECK(differenceOf("recurrence_gradient", operands, gradients, attributes) < 4 * tolerance);
}

} // namespace

TEST_CASE("recurrences forward and backward, over unequal lengths, from states or from zeros") {
  for (bool reverse : {false, true}) {
    for (int64_t initialRows : {0, 1, 37}) {
      checkRecurrence(false, reverse, false, initialRows);
      checkRecurrence(true, reverse, false, initialRows);
    }
  }
  checkRecurrence(true, true, true, 1);
}

TEST_CASE("cells that have no fast form run in runtime/ref") {
  Ints offsets = offsetsOf({3, 1});
  Both gates = values(4, 12, 1), w = values(12, 2, 2), hr = values(2, 3, 3);
  CHECK(differenceOf("recurrence", {{&gates}, {&w}, {&hr}, {nullptr, &offsets}}, {values(4, 2, 1)},
                     {{"projection", 1}, {"cell_clip", 0.3}}) < tolerance);
}

namespace {

struct AttentionForm {
  int64_t heads, size, valueSize;
  Attributes more;
};

/// Lengths of less than a block of queries, of exactly one, of several and a part, and none at all.
void checkAttention(const AttentionForm &form) {
  INFO(form.heads << " heads of " << form.size << " and " << form.valueSize);
  Ints offsets = offsetsOf({3, 150, 0, 1, 64, 17});
  const int64_t tokens = offsets.values.back(), hidden = form.heads * form.size, width = form.heads * form.valueSize;
  Both q = values(tokens, hidden, 1, 2), k = values(tokens, hidden, 2, 2), v = values(tokens, width, 3),
       out = values(tokens, width, 4), lse = values(tokens, form.heads, 5), dout = values(tokens, width, 6);
  Attributes attributes = form.more;
  attributes.emplace_back("heads", static_cast<double>(form.heads));
  std::vector<Operand> operands{{&q}, {&k}, {&v}, {nullptr, &offsets}};
  const Both none;
  CHECK(differenceOf("attention", operands, {out, none, lse}, attributes) < tolerance);
  // Backward from what belongs to these operands.
  const std::vector<RefTensor> views{q.f64(), k.f64(), v.f64(), offsets.view()};
  const std::vector<RefTensor> results{out.f64(), RefTensor{}, lse.f64()};
  REQUIRE(findRefOp("attention")->run({views, results, attributes}, RefCompute::F64).has_value());
  for (Both *both : {&out, &lse}) {
    std::ranges::transform(both->wide, both->narrow.begin(), [](double value) { return static_cast<float>(value); });
  }
  for (Both *more : {&out, &lse, &dout}) {
    operands.push_back({more});
  }
  CHECK(differenceOf("attention_gradient", operands, {q, k, v}, attributes) < tolerance);
  CHECK(differenceOf("attention_gradient", operands, {none, k, none}, attributes) < tolerance);
  CHECK(differenceOf("attention_gradient", operands, {none, none, v}, attributes) < tolerance);
}

} // namespace

TEST_CASE(
    "attention forward and backward: all tokens, causal, with a window; sizes of heads that fill vectors or not") {
  checkAttention({2, 16, 16, {}});
  checkAttention({3, 26, 26, {{"scale", 0.3}}});
  checkAttention({2, 64, 50, {{"causal", 1}}});
  checkAttention({1, 5, 70, {{"window", 9}}});
  checkAttention({2, 8, 8, {{"causal", 1}, {"window", 70}}});
  checkAttention({2, 8, 8, {{"scale", -0.5}}});
}

TEST_CASE("scores as a result, and operands that do not fit, are for runtime/ref") {
  Ints offsets = offsetsOf({3, 2});
  Both q = values(5, 8, 1), k = values(5, 8, 2), v = values(5, 8, 3), out = values(5, 8, 4), scores = values(5, 6, 5);
  CHECK(differenceOf("attention", {{&q}, {&k}, {&v}, {nullptr, &offsets}}, {out, scores}, {{"heads", 2}}) < tolerance);
  Workspace memory;
  Ints beyond{{0, 3, 6}};
  const std::vector<RefTensor> operands{q.f32(), k.f32(), v.f32(), beyond.view()};
  const std::vector<RefTensor> results{out.f32()};
  const Attributes attributes{{"heads", 2}};
  CHECK(!WholeOp::find("attention")->run({operands, results, attributes}, 1, memory).has_value());
}

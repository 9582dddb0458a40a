// The evaluator beside ONNX's own node tests (tests/conformance/onnx): plans, what is computed ahead, bodies, functions, limits and refusals.
#include "runtime/evaluate/Evaluator.h"
#include "runtime/evaluate/Ops.h"
#include "runtime/evaluate/SmallFloats.h"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

using namespace clew;
using namespace clew::onnx;

namespace {

std::shared_ptr<Memory> memory = std::make_shared<Memory>(int64_t{1} << 30);

Value floats(const Shape &dims, const std::vector<float> &values) {
  Array array;
  array.type = DataType::Float;
  array.dims = dims;
  array.memory = memory->take(static_cast<int64_t>(values.size() * sizeof(float)));
  array.data = array.memory.get();
  std::copy(values.begin(), values.end(), array.to<float>());
  return array;
}

Tensor integers(const std::string &name, const Shape &values, bool scalar = false) {
  Tensor tensor{name, DataType::Int64, scalar ? Shape{} : Shape{static_cast<int64_t>(values.size())}, {}};
  tensor.raw.assign(reinterpret_cast<const char *>(values.data()), values.size() * 8);
  return tensor;
}

std::vector<float> numbers(const Value &value) {
  const std::span<const float> all = value.array.all<float>();
  return {all.begin(), all.end()};
}

ValueInfo open(const std::string &name, DataType type = DataType::Float) { return {name, type, {}, false}; }

Result<std::vector<Value>> run(const Model &model, std::vector<Value> inputs, int threads = 1) {
  Result<Evaluator> evaluator = Evaluator::create(model, "m.onnx");
  if (!evaluator) {
    return fail(evaluator);
  }
  return evaluator->run(std::move(inputs), threads);
}

} // namespace

TEST_CASE("what depends on constants alone is computed once, what nobody reads not at all") {
  Model model;
  model.graph.inputs = {open("x")};
  model.graph.initializers = {integers("a", {2, 3}), integers("b", {1, 1})};
  model.graph.nodes = {
      {"", "Add", {"a", "b"}, {"shape"}}, {"", "Abs", {"x"}, {"unused"}}, {"", "Reshape", {"x", "shape"}, {"y"}}};
  model.graph.outputs = {open("y")};
  Result<Evaluator> evaluator = Evaluator::create(model, "m.onnx");
  REQUIRE(evaluator.has_value());
  CHECK(evaluator->steps() == 1);
  for (int i = 0; i < 2; ++i) {
    const Result<std::vector<Value>> y = evaluator->run({floats({12}, std::vector<float>(12, 1))}, 1);
    REQUIRE(y.has_value());
    CHECK((*y)[0].array.dims == Shape{3, 4});
  }
}

TEST_CASE("ops write over what nobody else reads, and over nothing else") {
  Model model;
  model.graph.inputs = {open("x")};
  model.graph.nodes = {{"", "Neg", {"x"}, {"n"}},
                       {"", "Relu", {"n"}, {"r"}},
                       {"", "Add", {"n", "r"}, {"s"}},
                       {"", "Mul", {"s", "s"}, {"y"}}};
  model.graph.outputs = {open("y"), open("n")};
  const Value x = floats({3}, {-1, 2, -3});
  const Result<std::vector<Value>> out = run(model, {x});
  REQUIRE(out.has_value());
  CHECK(numbers((*out)[0]) == std::vector<float>{4, 4, 36});
  CHECK(numbers((*out)[1]) == std::vector<float>{1, -2, 3});
  CHECK(numbers(x) == std::vector<float>{-1, 2, -3});
}

TEST_CASE("bodies read what stands around them, at each turn") {
  // s = sum over i in 0..4 of (x + i), with x from outside of the body
  auto body = std::make_shared<Graph>();
  body->inputs = {open("i", DataType::Int64), open("c", DataType::Bool), open("s")};
  body->nodes = {{"", "Cast", {"i"}, {"f"}, {{"to", int64_t{1}}}},
                 {"", "Add", {"x", "f"}, {"t"}},
                 {"", "Add", {"s", "t"}, {"next"}},
                 {"", "Identity", {"c"}, {"go"}}};
  body->outputs = {open("go", DataType::Bool), open("next"), open("t")};
  Model model;
  model.graph.inputs = {open("x"), open("zero")};
  model.graph.initializers = {integers("trips", {5}, true)};
  model.graph.nodes = {{"loop", "Loop", {"trips", "", "zero"}, {"sum", "all"}, {{"body", body}}}};
  model.graph.outputs = {open("sum"), open("all")};
  const Result<std::vector<Value>> out = run(model, {floats({2}, {1, 10}), floats({2}, {0, 0})});
  REQUIRE_MESSAGE(out.has_value(), (out ? "" : out.error().render()));
  CHECK(numbers((*out)[0]) == std::vector<float>{15, 60});
  CHECK((*out)[1].array.dims == Shape{5, 2});
  CHECK(numbers((*out)[1])[9] == 14);
}

TEST_CASE("functions of the file, with attributes of their caller and their own defaults") {
  Model model;
  model.otherOpsets = {{"d", 1}};
  Function function{"d", "Leak", "", {"a"}, {"b"}, {}, {{"slope", 0.25F}}, {}, {{"", 17}}};
  function.nodes = {{"", "LeakyRelu", {"a"}, {"b"}, {{"alpha", int64_t{0}, "slope"}}}};
  model.functions = {function};
  model.graph.inputs = {open("x")};
  model.graph.nodes = {{"", "Leak", {"x"}, {"y"}, {}, "d"}, {"", "Leak", {"x"}, {"z"}, {{"slope", 0.5F}}, "d"}};
  model.graph.outputs = {open("y"), open("z")};
  const Result<std::vector<Value>> out = run(model, {floats({2}, {-4, 4})});
  REQUIRE_MESSAGE(out.has_value(), (out ? "" : out.error().render()));
  CHECK(numbers((*out)[0]) == std::vector<float>{-1, 4});
  CHECK(numbers((*out)[1]) == std::vector<float>{-2, 4});
}

TEST_CASE("refusals name all ops that are not known, attributes, and the node that fails") {
  Model model;
  model.graph.inputs = {open("x")};
  model.graph.nodes = {
      {"", "Foo", {"x"}, {"y"}}, {"", "Bar", {"y"}, {"z"}}, {"", "Relu", {"z"}, {"r"}, {{"what", int64_t{1}}}}};
  model.graph.outputs = {open("r")};
  const Result<Evaluator> unknown = Evaluator::create(model, "m.onnx");
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().kind == ErrorKind::Unsupported);
  CHECK(unknown.error().message ==
        "op \"Bar\" is not known; op \"Foo\" is not known; op \"Relu\" has the attribute \"what\", which is not known");

  model.graph.nodes = {{"sum", "Add", {"x", "x2"}, {"r"}}};
  model.graph.inputs = {{"x", DataType::Float, {std::string("n")}}, {"x2", DataType::Float, {std::string("m")}}};
  const Result<std::vector<Value>> bad = run(model, {floats({2}, {1, 2}), floats({3}, {1, 2, 3})});
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().where == "m.onnx");
  CHECK(bad.error().message == "node \"sum\" (\"Add\"): expected shapes that go together, found [2] and [3]");

  model.graph.inputs[1].shape = {std::string("n")};
  const Result<std::vector<Value>> names = run(model, {floats({2}, {1, 2}), floats({3}, {1, 2, 3})});
  REQUIRE_FALSE(names.has_value());
  CHECK(names.error().message == "input \"x2\": expected float [n], found float [3], but \"n\" is 2");
  CHECK_FALSE(run(model, {floats({2}, {1, 2}), Value()}).has_value());
  model.opset = 6;
  CHECK_FALSE(Evaluator::create(model, "m.onnx").has_value());
}

TEST_CASE("results that are too large are refused, also those that constants would make ahead") {
  Model model;
  Tensor shape = integers("shape", {1 << 20, 1 << 19});
  model.graph.initializers = {shape};
  model.graph.nodes = {{"bomb", "ConstantOfShape", {"shape"}, {"y"}}};
  model.graph.outputs = {open("y")};
  Result<Evaluator> evaluator = Evaluator::create(model, "m.onnx", {.mostBytes = 1 << 24, .mostFoldedBytes = 1 << 20});
  REQUIRE(evaluator.has_value());
  const Result<std::vector<Value>> out = evaluator->run({}, 1);
  REQUIRE_FALSE(out.has_value());
  CHECK(out.error().message.find("larger than what a run may hold") != std::string::npos);
}

TEST_CASE("products: packed weights, few rows and many, threads, batches that are broadcast") {
  for (const int64_t rows : {1, 3, 17, 300}) {
    for (const int threads : {1, 2, 4}) {
      const int64_t depth = 33, columns = 50;
      std::vector<float> a(static_cast<size_t>(rows * depth));
      std::vector<float> b(static_cast<size_t>(depth * columns));
      for (size_t i = 0; i < a.size(); ++i) {
        a[i] = static_cast<float>((i * 7) % 13) - 6;
      }
      for (size_t i = 0; i < b.size(); ++i) {
        b[i] = static_cast<float>((i * 5) % 11) - 5;
      }
      Model model;
      Tensor weight{"w", DataType::Float, {depth, columns}, {}};
      weight.raw.assign(reinterpret_cast<const char *>(b.data()), b.size() * 4);
      model.graph.initializers = {weight};
      model.graph.inputs = {open("x"), open("v")};
      model.graph.nodes = {{"", "MatMul", {"x", "w"}, {"y"}}, {"", "MatMul", {"x", "v"}, {"z"}}};
      model.graph.outputs = {open("y"), open("z")};
      Result<Evaluator> evaluator = Evaluator::create(model, "m.onnx");
      REQUIRE(evaluator.has_value());
      for (int again = 0; again < 2; ++again) {
        const Result<std::vector<Value>> out =
            evaluator->run({floats({rows, depth}, a), floats({depth, columns}, b)}, threads);
        REQUIRE(out.has_value());
        for (int64_t i = 0; i < rows; ++i) {
          for (int64_t j = 0; j < columns; ++j) {
            float sum = 0;
            for (int64_t k = 0; k < depth; ++k) {
              sum += a[static_cast<size_t>(i * depth + k)] * b[static_cast<size_t>(k * columns + j)];
            }
            REQUIRE((*out)[0].array.as<float>()[i * columns + j] == sum); // small integers: exact
            REQUIRE((*out)[1].array.as<float>()[i * columns + j] == sum);
          }
        }
      }
    }
  }
}

TEST_CASE("every half and small float goes to float and back") {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    F16 half;
    half.bits = static_cast<uint16_t>(bits);
    const auto value = static_cast<float>(half);
    if (!std::isnan(value)) {
      REQUIRE(F16(value).bits == bits);
    }
  }
  CHECK(F16(65519.0F).bits == 0x7bff);
  CHECK(F16(65520.0F).bits == 0x7c00);
  CHECK(F16(0x1p-25F).bits == 0);
  CHECK(F16(0x1.8p-25F).bits == 1);
  for (const DataType type :
       {DataType::Float8E4M3FN, DataType::Float8E4M3FNUZ, DataType::Float8E5M2, DataType::Float8E5M2FNUZ,
        DataType::Float8E8M0, DataType::Float4E2M1, DataType::Float6E2M3, DataType::Float6E3M2}) {
    for (int bits = 0; bits < 1 << bitsOf(type); ++bits) {
      const float value = smallToFloat(type, static_cast<uint8_t>(bits));
      if (!std::isnan(value)) {
        CAPTURE(nameOf(type));
        REQUIRE(floatToSmall(type, value, false) == bits);
      }
    }
  }
}

TEST_CASE("the activations with loops of their own stay near the functions that they are") {
  for (const auto &[name, function] :
       {std::pair<const char *, double (*)(double)>{"Erf", [](double x) { return std::erf(x); }},
        {"Tanh", [](double x) { return std::tanh(x); }},
        {"Sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }},
        {"Gelu", [](double x) { return x / 2 * std::erfc(-x / std::sqrt(2.0)); }}}) {
    Model model;
    model.opset = 20;
    model.graph.inputs = {open("x")};
    model.graph.nodes = {{"", name, {"x"}, {"y"}}};
    model.graph.outputs = {open("y")};
    std::vector<float> x;
    for (int i = -4000; i <= 4000; ++i) {
      x.push_back(static_cast<float>(i) / 400);
    }
    const Result<std::vector<Value>> y = run(model, {floats({static_cast<int64_t>(x.size())}, x)});
    REQUIRE(y.has_value());
    for (size_t i = 0; i < x.size(); ++i) {
      CAPTURE(name);
      CAPTURE(x[i]);
      REQUIRE(std::abs((*y)[0].array.as<float>()[i] - function(x[i])) < 1e-6 * std::max(1.0, std::abs(function(x[i]))));
    }
  }
}

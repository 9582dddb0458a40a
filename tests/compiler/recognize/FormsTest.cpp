// Forms that exporters have written over the years: LayerNorm and GELU in their parts, masks by arithmetic, scales as quotients, pooling by a
// mask that is expanded; and the parts of recognition by themselves.
#include "compiler/recognize/Formula.h"
#include "compiler/recognize/Layout.h"
#include "compiler/recognize/Term.h"
#include "tests/compiler/recognize/SmallModels.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

using namespace clew;
using namespace clew::compiler;

namespace {

constexpr int64_t width = 12;
constexpr int64_t heads = 3;

/// A graph written node by node, opset 11.
class Graph {
public:
  Graph() {
    model.opset = 11;
    for (const char *name : {"input_ids", "attention_mask"}) {
      model.graph.inputs.push_back({name, onnx::DataType::Int64, {"batch", "sequence"}});
    }
  }

  std::string op(const std::string &type, std::vector<std::string> inputs,
                 std::vector<onnx::Attribute> attributes = {}) {
    const std::string name = fmt::format("{}_{}", type, model.graph.nodes.size());
    model.graph.nodes.push_back({name, type, std::move(inputs), {name}, std::move(attributes)});
    return name;
  }
  std::string number(float value) { return tensor({}, {value}); }
  std::string integers(const std::vector<int64_t> &values) {
    onnx::Tensor out{fmt::format("i{}", model.graph.initializers.size()),
                     onnx::DataType::Int64,
                     {static_cast<int64_t>(values.size())},
                     {}};
    out.raw.assign(reinterpret_cast<const char *>(values.data()), values.size() * 8);
    return add(std::move(out));
  }
  /// Drawn parameters.
  std::string weight(std::vector<int64_t> dims, float mean = 0) {
    std::vector<float> values(static_cast<size_t>(onnx::product(dims)));
    std::normal_distribution<float> normal(mean, 0.4F);
    for (float &value : values) {
      value = normal(chance);
    }
    return tensor(std::move(dims), values);
  }
  void output(const std::string &name, std::vector<onnx::Dimension> shape) {
    model.graph.outputs.push_back({name, onnx::DataType::Float, std::move(shape)});
  }

  std::string linear(const std::string &x, int64_t in, int64_t out) {
    return op("Add", {op("MatMul", {x, weight({in, out})}), weight({out})});
  }
  /// [b, s, w] -> [b, h, s, w / h], or with `order` another one.
  std::string byHead(const std::string &x, std::vector<int64_t> order) {
    return op("Transpose", {op("Reshape", {x, integers({0, 0, heads, width / heads})})}, {{"perm", std::move(order)}});
  }
  std::string layerNorm(const std::string &x) {
    const std::vector<onnx::Attribute> last{{"axes", std::vector<int64_t>{-1}}};
    const std::string centred = op("Sub", {x, op("ReduceMean", {x}, last)});
    const std::string variance = op("ReduceMean", {op("Pow", {centred, number(2)})}, last);
    const std::string normal = op("Div", {centred, op("Sqrt", {op("Add", {variance, number(1e-5F)})})});
    return op("Add", {op("Mul", {normal, weight({width}, 1)}), weight({width})});
  }

  onnx::Model model;

private:
  std::string add(onnx::Tensor tensor) {
    model.graph.initializers.push_back(std::move(tensor));
    return model.graph.initializers.back().name;
  }
  std::string tensor(std::vector<int64_t> dims, const std::vector<float> &values) {
    onnx::Tensor out{fmt::format("f{}", model.graph.initializers.size()), onnx::DataType::Float, std::move(dims), {}};
    out.raw.assign(reinterpret_cast<const char *>(values.data()), values.size() * 4);
    return add(std::move(out));
  }

  std::mt19937 chance{11};
};

/// One layer as exporters wrote it for years, and a pooled output by the mask.
Graph oldLayer(float masked) {
  Graph graph;
  const std::string x =
      graph.layerNorm(graph.op("Gather", {graph.weight({60, width}), "input_ids"}, {{"axis", int64_t{0}}}));
  const std::string wide = graph.op("Unsqueeze", {"attention_mask"}, {{"axes", std::vector<int64_t>{1, 2}}});
  const std::string real = graph.op("Cast", {wide}, {{"to", int64_t{1}}});
  const std::string mask = graph.op("Mul", {graph.op("Sub", {graph.number(1), real}), graph.number(masked)});
  const std::string q = graph.byHead(graph.linear(x, width, width), {0, 2, 1, 3});
  const std::string k = graph.byHead(graph.linear(x, width, width), {0, 2, 3, 1});
  const std::string v = graph.byHead(graph.linear(x, width, width), {0, 2, 1, 3});
  const std::string scores = graph.op("Div", {graph.op("MatMul", {q, k}), graph.number(2)});
  const std::string weights = graph.op("Softmax", {graph.op("Add", {scores, mask})}, {{"axis", int64_t{3}}});
  const std::string mixed =
      graph.op("Transpose", {graph.op("MatMul", {weights, v})}, {{"perm", std::vector<int64_t>{0, 2, 1, 3}}});
  const std::string rows = graph.op("Reshape", {mixed, graph.integers({0, 0, width})});
  const std::string inner = graph.layerNorm(graph.op("Add", {x, graph.linear(rows, width, width)}));
  const std::string up = graph.linear(inner, width, 20);
  const std::string erf = graph.op("Erf", {graph.op("Div", {up, graph.number(std::sqrt(2.0F))})});
  const std::string gelu =
      graph.op("Mul", {graph.op("Mul", {up, graph.op("Add", {erf, graph.number(1)})}), graph.number(0.5F)});
  const std::string hidden = graph.layerNorm(graph.op("Add", {inner, graph.linear(gelu, 20, width)}));
  graph.output(hidden, {"batch", "sequence", width});

  const std::string column = graph.op("Unsqueeze", {"attention_mask"}, {{"axes", std::vector<int64_t>{2}}});
  const std::string spread = graph.op("Expand", {column, graph.op("Shape", {hidden})});
  const std::string ones = graph.op("Cast", {spread}, {{"to", int64_t{1}}});
  const std::vector<onnx::Attribute> byRow{{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{0}}};
  const std::string sum = graph.op("ReduceSum", {graph.op("Mul", {hidden, ones})}, byRow);
  const std::string count = graph.op("Clip", {graph.op("ReduceSum", {ones}, byRow), graph.number(1e-9F)});
  graph.output(graph.op("Div", {sum, count}), {"batch", width});
  return graph;
}

double mostApart(const onnx::Model &model, const std::vector<int64_t> &lengths) {
  const ScratchFolder scratch;
  std::mt19937 chance(5);
  const auto inputs = paddedInputs(model, lengths, 8, chance);
  const Outputs ours = runRecognized(model, inputs, scratch);
  REQUIRE_MESSAGE(ours, ours.error().message);
  const Outputs theirs = runByOp(model, inputs);
  REQUIRE_MESSAGE(theirs, theirs.error().message);
  double most = 0;
  for (const auto &[name, value] : *theirs) {
    most = std::max(most, differenceAtTokens(ours->at(name), value, lengths));
  }
  return most;
}

} // namespace

TEST_CASE("a layer in its parts, with a mask by arithmetic and a mean by the mask") {
  for (const float masked : {-10000.0F, -3.4028235e38F}) {
    CHECK(mostApart(oldLayer(masked).model, {5, 1, 8}) < 2e-5);
  }
}

TEST_CASE("a mask that leaves some of its weight to padding is none") {
  const ScratchFolder scratch;
  std::mt19937 chance(5);
  const Graph graph = oldLayer(-5);
  const Outputs ran = runRecognized(graph.model, paddedInputs(graph.model, {5, 1}, 8, chance), scratch);
  REQUIRE(!ran);
  CHECK(ran.error().kind == ErrorKind::NotFound);
  CHECK(ran.error().message.find("what its mask leaves out") != std::string::npos);
}

TEST_CASE("a mean over all places is that of tokens in batches without padding alone") {
  Graph graph;
  const std::string x = graph.op("Gather", {graph.weight({60, width}), "input_ids"}, {{"axis", int64_t{0}}});
  graph.output(graph.op("ReduceMean", {x}, {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{0}}}),
               {"batch", width});
  CHECK(mostApart(graph.model, {8, 8}) < 2e-5);
  const ScratchFolder scratch;
  std::mt19937 chance(5);
  const Outputs ran = runRecognized(graph.model, paddedInputs(graph.model, {5, 8}, 8, chance), scratch);
  REQUIRE(!ran);
  CHECK(ran.error().message == "a mean is taken of padding, too");
}

TEST_CASE("layouts: heads are an atom of columns, and none is cut but those") {
  const Axes rows{batchAxis(), tokenAxis(), columnAxis(12)};
  const auto split = regrouped(rows, {Size::batch(), Size::tokens(), Size(3), Size(4)});
  REQUIRE(split);
  CHECK((*split)[2] == Axis{Atom::column(3, 4)});
  CHECK((*split)[3] == Axis{Atom::column(4, 1)});
  const Axes turned{(*split)[0], (*split)[2], (*split)[1], (*split)[3]};
  CHECK(!endsInColumns(turned, 12));
  CHECK(!regrouped(turned, {Size::batch(), Size::tokens(), Size(12)}));
  CHECK(regrouped(turned, {Size::batch() * Size(3), Size::tokens(), Size(4)}));
  const auto back = regrouped(*split, {Size::batch() * Size::tokens(), Size(12)});
  REQUIRE(back);
  CHECK(endsInColumns(*back, 12));
  CHECK(!regrouped(rows, {Size::tokens(), Size::batch(), Size(12)}));
  CHECK(!regrouped(rows, {Size::batch(), Size::tokens(), Size(5)}));
}

TEST_CASE("formulas are what their values are") {
  const auto apply = [](const char *op, std::vector<FormulaPtr> arguments) {
    return *formulaOf(op, std::move(arguments));
  };
  const FormulaPtr half = formulaNumber(0.5);
  const FormulaPtr tanh = apply("Tanh", {apply("Mul", {nullptr, half})});
  // sigmoid(x) = (1 + tanh(x / 2)) / 2
  const FormulaPtr sigmoid = apply("Mul", {half, apply("Add", {tanh, formulaNumber(1)})});
  CHECK(activationOf(sigmoid)->op == "sigmoid");
  CHECK(activationOf(apply("Mul", {sigmoid, nullptr}))->op == "silu");
  CHECK(activationOf(nullptr)->op == "");
  CHECK(activationOf(apply("Div", {nullptr, formulaNumber(4)}))->factor == 0.25);
  CHECK(!activationOf(tanh));
  CHECK(!activationOf(apply("Add", {nullptr, formulaNumber(1)})));
  CHECK(!activationOf(apply("Max", {nullptr, formulaNumber(-200)}))); // itself, but far out
  CHECK(!formulaOf("Cos", {nullptr}));
}

TEST_CASE("terms: a place is below a row's length where it is a token") {
  const TermPtr row = indexTerm(1);
  const TermPtr place = indexTerm(2);
  const TermPtr below = applyTerm("Less", onnx::DataType::Int64, {place, lengthTerm(row)});
  World world;
  world.batch = 1;
  const auto value = [&](const TermPtr &term) {
    const auto found = evaluate(*term, world);
    return found && found->isNumber() ? found->number : -1;
  };
  world.real[2] = true;
  CHECK(value(below) == 1);
  world.real[2] = false;
  CHECK(value(below) == 0);
  CHECK(value(applyTerm("Less", onnx::DataType::Int64, {place, numberTerm(3)})) == -1); // not known
  CHECK(value(applyTerm("GreaterOrEqual", onnx::DataType::Int64, {place, numberTerm(0)})) == 1);
  world.real[3] = true;
  world.first = 2;
  world.second = 3;
  world.order = 1;
  CHECK(value(applyTerm("LessOrEqual", onnx::DataType::Int64, {place, indexTerm(3)})) == 0);
  world.order = 0;
  CHECK(value(applyTerm("LessOrEqual", onnx::DataType::Int64, {place, indexTerm(3)})) == 1);
  CHECK(value(applyTerm("Less", onnx::DataType::Int64, {place, indexTerm(4)})) == -1);
}

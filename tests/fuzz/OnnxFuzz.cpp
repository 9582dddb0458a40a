// ONNX files, with and without external data beside them: read, planned, and run where nothing goes in.
#include "runtime/base/WireWriter.h"
#include "runtime/onnx/OnnxMessages.h"
#include "runtime/onnx/OnnxReader.h"
#include "tests/fuzz/Tensors.h"

#ifdef CLEW_ONEDNN
#include "runtime/evaluate/Evaluator.h"
#endif

#include <algorithm>

namespace clew::fuzz {
namespace {

void expectTensor(const onnx::Tensor &tensor) {
  const Result<int64_t> count = onnx::countElements(tensor.dims, "f");
  expect(count.has_value(), "a shape that counts", tensor.name);
  if (tensor.type == onnx::DataType::String) {
    expect(tensor.strings.size() == static_cast<size_t>(*count), "as many texts as the shape says", tensor.name);
    return;
  }
  expect(tensor.bytes().size() == static_cast<size_t>(onnx::packedBytes(tensor.type, *count)),
         "as many bytes as the shape says", tensor.name);
  unsigned sum = 0;
  for (const std::byte byte : tensor.bytes()) {
    sum += static_cast<unsigned>(byte);
  }
  expect(sum < 1U << 31, "bytes that can be read");
}

#ifdef CLEW_ONEDNN
/// Whether a graph repeats itself: for as long as it likes, which is no finding.
bool repeats(const std::vector<onnx::Node> &nodes) {
  return std::ranges::any_of(nodes, [](const onnx::Node &node) {
    return node.type == "Loop" || node.type == "Scan" ||
           std::ranges::any_of(node.attributes, [](const onnx::Attribute &attribute) {
             const auto *body = std::get_if<std::shared_ptr<onnx::Graph>>(&attribute.value);
             return body && repeats((*body)->nodes);
           });
  });
}

void expectRun(const onnx::Model &model) {
  const onnx::EvaluatorLimits limits{.mostBytes = 1 << 16, .mostFoldedBytes = 1 << 14};
  Result<onnx::Evaluator> evaluator = onnx::Evaluator::create(model, "f", limits);
  if (!evaluator) {
    expectRefusal(evaluator.error(), "f");
    return;
  }
  if (!repeats(model.graph.nodes) && model.functions.empty()) {
    const Result<std::vector<onnx::Value>> outputs =
        evaluator->run(std::vector<onnx::Value>(model.graph.inputs.size()), 1);
    if (!outputs) {
      expectRefusal(outputs.error(), "f");
    }
  }
}
#endif

void run(std::string_view bytes) {
  const std::string data(256, '\1');
  const Result<onnx::Model> model =
      onnx::parseOnnx(asBytes(bytes), "f", [&](const std::string &name) -> Result<std::span<const std::byte>> {
        return name == "data" ? Result<std::span<const std::byte>>(asBytes(data))
                              : fail(ErrorKind::NotFound, "no such file", "f");
      });
  if (!model) {
    expectRefusal(model.error(), "f");
    return;
  }
  for (const onnx::Tensor &tensor : model->graph.initializers) {
    expectTensor(tensor);
  }
  expect(onnx::checkModel(*model, "f").has_value(), "a model that is right");
#ifdef CLEW_ONEDNN
  expectRun(*model);
#endif
}

std::string whole(const onnx::Model &model) {
  WireWriter graph;
  graph.bytes(onnx::modelGraphField, onnx::graphMessage(model.graph));
  return onnx::modelHead(model) + graph.written();
}

std::string packed(std::initializer_list<int64_t> numbers) {
  return {reinterpret_cast<const char *>(numbers.begin()), numbers.size() * sizeof(int64_t)};
}

std::vector<std::string> seeds() {
  using onnx::DataType;
  onnx::Model sums;
  sums.graph.initializers = {{"a", DataType::Float, {2, 2}, std::string(16, '\1')},
                             {"s", DataType::Int64, {2}, packed({4, -1})}};
  sums.graph.nodes = {{"n", "Add", {"a", "a"}, {"b"}},
                      {"r", "Reshape", {"b", "s"}, {"c"}},
                      {"m", "MatMul", {"a", "a"}, {"d"}},
                      {"t", "Transpose", {"d"}, {"e"}, {{"perm", std::vector<int64_t>{1, 0}}}}};
  sums.graph.outputs = {{"c", DataType::Float, {int64_t{4}, int64_t{1}}}, {"e", DataType::Float, {}, false}};
  onnx::Model bodies;
  auto body = std::make_shared<onnx::Graph>();
  body->nodes = {{"", "Identity", {"a"}, {"x"}}};
  body->outputs = {{"x", DataType::Float, {}, false}};
  bodies.graph.initializers = {{"a", DataType::Float, {}, std::string(4, '\1')}, {"c", DataType::Bool, {}, "\1"}};
  bodies.graph.nodes = {{"", "If", {"c"}, {"y"}, {{"then_branch", body}, {"else_branch", body}}}};
  bodies.graph.outputs = {{"y", DataType::Float, {}, false}};
  onnx::Model moves;
  moves.graph.inputs = {{"x", DataType::Float, {std::string("n"), int64_t{2}}}};
  moves.graph.initializers = {{"x", DataType::Float, {3, 2}, std::string(24, '\2')},
                              {"i", DataType::Int64, {2}, packed({0, -1})},
                              {"o", DataType::Int64, {1}, packed({1})}};
  moves.graph.nodes = {{"", "Gather", {"x", "i"}, {"g"}, {{"axis", int64_t{0}}}},
                       {"", "Slice", {"g", "o", "i"}, {"s"}},
                       {"", "Concat", {"g", "x"}, {"k"}, {{"axis", int64_t{0}}}},
                       {"", "Softmax", {"k"}, {"f"}, {{"axis", int64_t{-1}}}},
                       {"", "ReduceMean", {"f"}, {"m"}, {{"axes", std::vector<int64_t>{1}}}},
                       {"", "Pad", {"k", "p"}, {"q"}, {{"mode", std::string("reflect")}}}};
  moves.graph.initializers.push_back({"p", DataType::Int64, {4}, packed({1, 0, 1, 0})});
  moves.graph.outputs = {
      {"s", DataType::Float, {}, false}, {"m", DataType::Float, {}, false}, {"q", DataType::Float, {}, false}};
  const onnx::ExternalPlace place{"data", 64, 16};
  WireWriter graph;
  graph.bytes(onnx::graphInitializerField, onnx::tensorHead("w", DataType::Float, {2, 2}, &place));
  WireWriter beside;
  beside.bytes(onnx::modelGraphField, graph.written());
  return {whole(sums), whole(bodies), whole(moves), onnx::modelHead(sums) + beside.written()};
}

const Harness harness("onnx", run, seeds);

} // namespace
} // namespace clew::fuzz

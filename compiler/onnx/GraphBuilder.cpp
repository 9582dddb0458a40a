// See GraphBuilder.h.
#include "compiler/onnx/GraphBuilder.h"

#include <fmt/format.h>

using namespace llvm;

namespace clew::compiler {

GraphBuilder::GraphBuilder(onnx::Graph &graph)
    : graph(&graph), shared(std::make_shared<Shared>(Shared{graph, {}, {}, {}})) {}

GraphBuilder GraphBuilder::nested(onnx::Graph &body) const { return {body, shared}; }

std::string GraphBuilder::unique(StringRef name) {
  std::string candidate = name.str();
  for (int number = 1; !shared->names.insert(candidate).second; ++number) {
    candidate = fmt::format("{}_{}", name.str(), number);
  }
  return candidate;
}

SmallVector<std::string> GraphBuilder::ops(StringRef type, Names inputs, size_t results,
                                           std::vector<onnx::Attribute> attributes) {
  const std::string name = unique(shared->scope.empty() ? type.str() : shared->scope + "/" + type.str());
  onnx::Node node{name, type.str(), {inputs.begin(), inputs.end()}, {}, std::move(attributes)};
  for (size_t result = 0; result < results; ++result) {
    node.outputs.push_back(result == 0 ? name : unique(fmt::format("{}:{}", name, result)));
  }
  SmallVector<std::string> names(node.outputs.begin(), node.outputs.end());
  graph->nodes.push_back(std::move(node));
  return names;
}

std::string GraphBuilder::op(StringRef type, Names inputs, std::vector<onnx::Attribute> attributes) {
  return ops(type, inputs, 1, std::move(attributes)).front();
}

void GraphBuilder::opAs(const std::string &result, StringRef type, Names inputs,
                        std::vector<onnx::Attribute> attributes) {
  op(type, inputs, std::move(attributes));
  graph->nodes.back().outputs.front() = result;
}

std::string GraphBuilder::constant(StringRef name, onnx::DataType type, ArrayRef<int64_t> dims, std::string raw) {
  std::string key = fmt::format("{}:{}:", static_cast<int>(type), fmt::join(dims, "x")) + raw;
  std::string &known = shared->constants[key];
  if (known.empty()) {
    known = unique(name);
    shared->outermost.initializers.push_back({known, type, {dims.begin(), dims.end()}, std::move(raw)});
  }
  return known;
}

/// Little endian, as the files are and the machines that we run on.
template <typename T> static std::string bytesOf(ArrayRef<T> values) {
  return {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)};
}

std::string GraphBuilder::scalar(int64_t value) {
  return constant(fmt::format("constant/{}", value), onnx::DataType::Int64, {}, bytesOf(ArrayRef(value)));
}

std::string GraphBuilder::vector(ArrayRef<int64_t> values) {
  const std::string name =
      values.size() > 8 ? "constant/integers" : fmt::format("constant/[{}]", fmt::join(values, ","));
  return constant(name, onnx::DataType::Int64, {static_cast<int64_t>(values.size())}, bytesOf(values));
}

std::string GraphBuilder::number(double value) {
  const auto narrow = static_cast<float>(value);
  return constant(fmt::format("constant/{}f", narrow), onnx::DataType::Float, {}, bytesOf(ArrayRef(narrow)));
}

std::string GraphBuilder::numbers(ArrayRef<float> values, ArrayRef<int64_t> dims, StringRef name) {
  return constant(name, onnx::DataType::Float, dims, bytesOf(values));
}

} // namespace clew::compiler

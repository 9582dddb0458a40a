// OnnxModel: what an ONNX file holds (github.com/onnx/onnx, docs/IR.md), as far as we write it, as plain data. It exists so that what makes
// graphs (compiler/onnx) knows nothing of protocol buffers, and what writes them (OnnxWriter.h) nothing of models. Structs and members are
// called like the messages and fields of onnx.proto.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace clew::onnx {

/// TensorProto.DataType.
enum class DataType : int32_t { Float = 1, Int32 = 6, Int64 = 7, Bool = 9 };

/// A small tensor that is part of the graph: shapes, axes, masks. Weights are no such tensors (OnnxWriter.h).
struct Tensor {
  std::string name;
  DataType type = DataType::Float;
  std::vector<int64_t> dims;
  std::string raw; ///< little endian, row-major; as long as type and dims say
};

/// A fixed extent, or the name of one that a run chooses.
using Dimension = std::variant<int64_t, std::string>;

/// An input or output. Without `shape` its rank is not said.
struct ValueInfo {
  std::string name;
  DataType type = DataType::Float;
  std::vector<Dimension> shape = {};
  bool ranked = true;
};

struct Graph;

struct Attribute {
  std::string name;
  std::variant<int64_t, float, std::string, std::vector<int64_t>, std::shared_ptr<Graph>> value;
};

/// One op of the default domain, by its type: "MatMul". An input that is left out is "".
struct Node {
  std::string name;
  std::string type;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<Attribute> attributes = {};
};

/// Nodes stand after what they read.
struct Graph {
  std::string name;
  std::vector<Node> nodes;
  std::vector<Tensor> initializers;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
};

struct Model {
  int64_t irVersion = 8; ///< that of opset 17 (docs/Versioning.md)
  int64_t opset = 17;
  std::string producer;
  std::string producerVersion;
  std::string description;
  Graph graph;
  std::vector<std::pair<std::string, std::string>> metadata; ///< metadata_props
};

/// Bytes of one element.
constexpr int64_t bytesOf(DataType type) { return type == DataType::Int64 ? 8 : type == DataType::Bool ? 1 : 4; }

} // namespace clew::onnx

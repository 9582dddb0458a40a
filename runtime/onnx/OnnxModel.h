// OnnxModel: what an ONNX file holds (github.com/onnx/onnx, docs/IR.md), as plain data. It exists so that what makes graphs (compiler/onnx)
// and what runs them (runtime/evaluate) know nothing of protocol buffers, and what writes and reads them (OnnxWriter.h, OnnxReader.h) nothing
// of models. Structs and members are called like the messages and fields of onnx.proto.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace clew::onnx {

/// TensorProto.DataType.
enum class DataType : int32_t {
  Undefined = 0,
  Float = 1,
  UInt8 = 2,
  Int8 = 3,
  UInt16 = 4,
  Int16 = 5,
  Int32 = 6,
  Int64 = 7,
  String = 8,
  Bool = 9,
  Float16 = 10,
  Double = 11,
  UInt32 = 12,
  UInt64 = 13,
  Complex64 = 14,
  Complex128 = 15,
  BFloat16 = 16,
  Float8E4M3FN = 17,
  Float8E4M3FNUZ = 18,
  Float8E5M2 = 19,
  Float8E5M2FNUZ = 20,
  UInt4 = 21,
  Int4 = 22,
  Float4E2M1 = 23,
  Float8E8M0 = 24,
  UInt2 = 25,
  Int2 = 26,
  Float6E2M3 = 27,
  Float6E3M2 = 28,
};

inline constexpr int32_t lastDataType = 28;

/// Bits of one element as files hold it; 0: it has no fixed size (String, Undefined).
constexpr int64_t bitsOf(DataType type) {
  constexpr int8_t bits[] = {0,   32, 8, 8, 16, 16, 32, 64, 0, 8, 16, 64, 32, 64, 64,
                             127, 16, 8, 8, 8,  8,  4,  4,  4, 8, 2,  2,  6,  6};
  const auto number = static_cast<int32_t>(type);
  return number < 0 || number > lastDataType ? 0 : bits[number] == 127 ? 128 : bits[number];
}

/// Bytes of one element in memory: types of fewer than 8 bits take one byte each.
constexpr int64_t bytesOf(DataType type) { return (bitsOf(type) + 7) / 8; }

/// The name in onnx.proto, in small letters: "float", "int64".
constexpr std::string_view nameOf(DataType type) {
  constexpr std::string_view names[] = {"undefined",      "float",    "uint8",        "int8",           "uint16",
                                        "int16",          "int32",    "int64",        "string",         "bool",
                                        "float16",        "double",   "uint32",       "uint64",         "complex64",
                                        "complex128",     "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2",
                                        "float8e5m2fnuz", "uint4",    "int4",         "float4e2m1",     "float8e8m0",
                                        "uint2",          "int2",     "float6e2m3",   "float6e3m2"};
  const auto number = static_cast<int32_t>(type);
  return number < 0 || number > lastDataType ? "?" : names[number];
}

/// A tensor of the graph. Those that we make are small (shapes, axes, masks) and own their bytes; those that were read are views of the file.
struct Tensor {
  std::string name;
  DataType type = DataType::Float;
  std::vector<int64_t> dims;
  std::string raw; ///< little endian, row-major; as long as type and dims say, types of fewer than 8 bits packed
  std::span<const std::byte> view = {};  ///< the same, where `raw` is empty
  std::vector<std::string> strings = {}; ///< of type String, instead of bytes

  std::span<const std::byte> bytes() const { return raw.empty() ? view : std::as_bytes(std::span(raw)); }
};

/// A fixed extent, or the name of one that a run chooses; "": without a name.
using Dimension = std::variant<int64_t, std::string>;

/// An input or output. Without `shape` its rank is not said.
struct ValueInfo {
  std::string name;
  DataType type = DataType::Float;
  std::vector<Dimension> shape = {};
  bool ranked = true;
  /// What holds tensors of that type.
  enum class Kind : uint8_t { Tensor, Sequence, Optional, OptionalSequence, Other } kind = Kind::Tensor;
};

struct Graph;

struct Attribute {
  std::string name;
  std::variant<int64_t, float, std::string, std::vector<int64_t>, std::shared_ptr<Graph>, std::shared_ptr<Tensor>,
               std::vector<float>, std::vector<std::string>, ValueInfo>
      value;
  std::string reference = {}; ///< in a function: the attribute of its caller that stands here, if that has one
};

/// One op: "MatMul". An input that is left out is "".
struct Node {
  std::string name;
  std::string type;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<Attribute> attributes = {};
  std::string domain = {}; ///< "": the default domain
  std::string overload = {};
};

/// Nodes stand after what they read.
struct Graph {
  std::string name;
  std::vector<Node> nodes;
  std::vector<Tensor> initializers;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
};

/// An op that the file itself defines.
struct Function {
  std::string domain;
  std::string name;
  std::string overload;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> attributes; ///< names of those without a default
  std::vector<Attribute> defaults;
  std::vector<Node> nodes;
  std::vector<std::pair<std::string, int64_t>> opsets;
};

struct Model {
  int64_t irVersion = 8; ///< that of opset 17 (docs/Versioning.md)
  int64_t opset = 17;    ///< of the default domain
  std::string producer;
  std::string producerVersion;
  std::string description;
  Graph graph;
  std::vector<std::pair<std::string, std::string>> metadata;     ///< metadata_props
  std::vector<std::pair<std::string, int64_t>> otherOpsets = {}; ///< of other domains
  std::vector<Function> functions = {};
};

} // namespace clew::onnx

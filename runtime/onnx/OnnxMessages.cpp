// See OnnxMessages.h. Numbers are those of fields in onnx.proto.
#include "runtime/onnx/OnnxMessages.h"

#include "runtime/base/WireWriter.h"

namespace clew::onnx {
namespace {

/// StringStringEntryProto.
std::string entryMessage(const std::string &key, const std::string &value) {
  WireWriter entry;
  entry.bytes(1, key);
  entry.bytes(2, value);
  return entry.written();
}

std::string tensorMessage(const Tensor &tensor) {
  WireWriter raw;
  raw.bytes(tensorRawField, tensor.raw);
  return tensorHead(tensor.name, tensor.type, tensor.dims, nullptr) + raw.written();
}

/// AttributeProto; `type` is an AttributeProto.AttributeType.
std::string attributeMessage(const Attribute &attribute) {
  WireWriter out;
  out.bytes(1, attribute.name);
  int64_t type = 0;
  if (const auto *integer = std::get_if<int64_t>(&attribute.value)) {
    out.integer(3, *integer);
    type = 2;
  } else if (const auto *real = std::get_if<float>(&attribute.value)) {
    out.real(2, *real);
    type = 1;
  } else if (const auto *text = std::get_if<std::string>(&attribute.value)) {
    out.bytes(4, *text);
    type = 3;
  } else if (const auto *integers = std::get_if<std::vector<int64_t>>(&attribute.value)) {
    for (const int64_t value : *integers) {
      out.integer(8, value);
    }
    type = 7;
  } else if (const auto *graph = std::get_if<std::shared_ptr<Graph>>(&attribute.value)) {
    out.bytes(6, graphMessage(**graph));
    type = 5;
  }
  out.integer(20, type);
  return out.written();
}

std::string nodeMessage(const Node &node) {
  WireWriter out;
  for (const std::string &input : node.inputs) {
    out.bytes(1, input);
  }
  for (const std::string &output : node.outputs) {
    out.bytes(2, output);
  }
  out.bytes(3, node.name);
  out.bytes(4, node.type);
  for (const Attribute &attribute : node.attributes) {
    out.bytes(5, attributeMessage(attribute));
  }
  return out.written();
}

/// TensorShapeProto.
std::string shapeMessage(const std::vector<Dimension> &shape) {
  WireWriter out;
  for (const Dimension &dimension : shape) {
    WireWriter dim;
    if (const auto *extent = std::get_if<int64_t>(&dimension)) {
      dim.integer(1, *extent);
    } else {
      dim.bytes(2, std::get<std::string>(dimension));
    }
    out.bytes(1, dim.written());
  }
  return out.written();
}

std::string valueInfoMessage(const ValueInfo &value) {
  WireWriter tensor;
  tensor.integer(1, static_cast<int64_t>(value.type));
  if (value.ranked) {
    tensor.bytes(2, shapeMessage(value.shape));
  }
  WireWriter type;
  type.bytes(1, tensor.written());
  WireWriter out;
  out.bytes(1, value.name);
  out.bytes(2, type.written());
  return out.written();
}

} // namespace

std::string tensorHead(const std::string &name, DataType type, const std::vector<int64_t> &dims,
                       const ExternalPlace *place) {
  WireWriter out;
  for (const int64_t extent : dims) {
    out.integer(1, extent);
  }
  out.integer(2, static_cast<int64_t>(type));
  out.bytes(8, name);
  if (place) {
    out.bytes(13, entryMessage("location", place->file));
    out.bytes(13, entryMessage("offset", std::to_string(place->offset)));
    out.bytes(13, entryMessage("length", std::to_string(place->length)));
    out.integer(14, 1); // DataLocation EXTERNAL
  }
  return out.written();
}

std::string graphMessage(const Graph &graph) {
  WireWriter out;
  for (const Node &node : graph.nodes) {
    out.bytes(1, nodeMessage(node));
  }
  out.bytes(2, graph.name);
  for (const Tensor &tensor : graph.initializers) {
    out.bytes(graphInitializerField, tensorMessage(tensor));
  }
  for (const ValueInfo &input : graph.inputs) {
    out.bytes(11, valueInfoMessage(input));
  }
  for (const ValueInfo &output : graph.outputs) {
    out.bytes(12, valueInfoMessage(output));
  }
  return out.written();
}

std::string modelHead(const Model &model) {
  WireWriter opset;
  opset.bytes(1, "");
  opset.integer(2, model.opset);
  WireWriter out;
  out.integer(1, model.irVersion);
  out.bytes(2, model.producer);
  out.bytes(3, model.producerVersion);
  out.bytes(6, model.description);
  out.bytes(8, opset.written());
  for (const auto &[key, value] : model.metadata) {
    out.bytes(14, entryMessage(key, value));
  }
  return out.written();
}

} // namespace clew::onnx

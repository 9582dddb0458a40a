// See OnnxParser.h. Numbers are those of fields in onnx.proto. Fields that describe and change no number (doc_string, names of devices,
// metadata of nodes) are passed over by name; a field that is not known is refused.
#include "runtime/onnx/OnnxParser.h"

#include "runtime/weights/StoredType.h"

namespace clew::onnx {

using Kind = WireField::Kind;

static std::string textOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

bool OnnxParser::refuse(std::string text, ErrorKind kind) {
  problem = Error{kind, std::move(text), place};
  return false;
}

bool OnnxParser::inside(const std::string &text) {
  problem.message = text + ": " + problem.message;
  return false;
}

bool OnnxParser::unknown(const WireField &field, const char *message) {
  return refuse(fmt::format("{} has field {}, which onnx 1.23 does not have", message, field.number),
                ErrorKind::Unsupported);
}

bool OnnxParser::message(const WireField &field, const char *what) {
  return field.kind == Kind::Bytes ||
         refuse(fmt::format("expected {} in field {}, found a number", what, field.number));
}

bool OnnxParser::name(const WireField &field, std::string &out) {
  if (!message(field, "a text")) {
    return false;
  }
  if (field.bytes.size() > mostNameBytes) {
    return refuse(fmt::format("expected a text of at most {} bytes, found {}", mostNameBytes, field.bytes.size()));
  }
  out = textOf(field.bytes);
  return true;
}

bool OnnxParser::number(const WireField &field, int64_t &out) {
  out = static_cast<int64_t>(field.value);
  return field.kind == Kind::Varint || refuse(fmt::format("expected an integer in field {}", field.number));
}

bool OnnxParser::count(size_t &what, const char *name) {
  return ++what <= mostNodes || refuse(fmt::format("expected at most {} {}, found more", mostNodes, name));
}

bool OnnxParser::entry(Bytes message, std::string &key, std::string &value) {
  return fields(message, "an entry of a key and a value", [&](const WireField &field) {
    if (field.number == 2) {
      value = textOf(field.bytes);
      return this->message(field, "a text");
    }
    return field.number == 1 ? name(field, key) : unknown(field, "StringStringEntryProto");
  });
}

bool OnnxParser::opset(Bytes message, std::pair<std::string, int64_t> &out) {
  out.second = 0;
  return fields(message, "an opset", [&](const WireField &field) {
    return field.number == 1   ? name(field, out.first)
           : field.number == 2 ? number(field, out.second)
                               : unknown(field, "OperatorSetIdProto");
  });
}

bool OnnxParser::model(Bytes message, Model &out) {
  out = Model{};
  out.irVersion = 0;
  out.opset = 0;
  bool graphs = false;
  Bytes graphBytes;
  const bool read = fields(message, "a model", [&](const WireField &field) {
    switch (field.number) {
    case 1:
      return number(field, out.irVersion);
    case 2:
      return name(field, out.producer);
    case 3:
      return name(field, out.producerVersion);
    case 4:  // domain
    case 5:  // model_version
    case 26: // configuration: of devices
      return true;
    case 6:
      return name(field, out.description);
    case 7:
      if (graphs) {
        return refuse("expected one graph, found a second");
      }
      graphs = true;
      graphBytes = field.bytes;
      return this->message(field, "a graph");
    case 8: {
      std::pair<std::string, int64_t> set;
      if (!this->message(field, "an opset") || !count(values, "opsets") || !opset(field.bytes, set)) {
        return false;
      }
      const bool ours = set.first.empty() || set.first == "ai.onnx";
      if (ours && out.opset != 0 && out.opset != set.second) {
        return refuse(fmt::format("expected one opset, found {} and {}", out.opset, set.second));
      }
      if (ours) {
        out.opset = set.second;
      } else {
        out.otherOpsets.push_back(std::move(set));
      }
      return true;
    }
    case 14: {
      auto &[key, value] = out.metadata.emplace_back();
      return this->message(field, "metadata") && count(values, "entries") && entry(field.bytes, key, value);
    }
    case 20:
      return refuse("has training_info, which is not read", ErrorKind::Unsupported);
    case 25:
      return this->message(field, "a function") && count(nodes, "functions") &&
             function(field.bytes, out.functions.emplace_back());
    default:
      return unknown(field, "ModelProto");
    }
  });
  if (!read) {
    return false;
  }
  if (!graphs) {
    return refuse("expected an ONNX model, found no graph in it");
  }
  if (out.irVersion < 1 || out.irVersion > newestIrVersion) {
    return refuse(fmt::format("expected an IR version from 1 to {}, found {}", newestIrVersion, out.irVersion),
                  ErrorKind::Unsupported);
  }
  return graph(graphBytes, out.graph, 0);
}

bool OnnxParser::graph(Bytes message, Graph &out, int depth) {
  if (depth >= mostGraphDepth) {
    return refuse(fmt::format("expected graphs in graphs at most {} deep, found more", mostGraphDepth));
  }
  return fields(message, "a graph", [&](const WireField &field) { return graphField(field, out, depth); });
}

bool OnnxParser::graphField(const WireField &field, Graph &out, int depth) {
  switch (field.number) {
  case 1: {
    if (!message(field, "a node") || !count(nodes, "nodes")) {
      return false;
    }
    Node &next = out.nodes.emplace_back();
    return node(field.bytes, next, depth) ||
           inside(fmt::format("node {} {}", out.nodes.size() - 1, quoteName(next.name)));
  }
  case 2:
    return name(field, out.name);
  case 5: {
    if (!message(field, "a tensor") || !count(tensors, "tensors")) {
      return false;
    }
    Tensor &next = out.initializers.emplace_back();
    return tensor(field.bytes, next) || inside(fmt::format("initializer {}", quoteName(next.name)));
  }
  case 11:
  case 12: {
    std::vector<ValueInfo> &list = field.number == 11 ? out.inputs : out.outputs;
    if (!message(field, "a value") || !count(values, "values")) {
      return false;
    }
    ValueInfo &next = list.emplace_back();
    return valueInfo(field.bytes, next) ||
           inside(fmt::format("{} {}", field.number == 11 ? "input" : "output", quoteName(next.name)));
  }
  case 15:
    return refuse("has sparse initializers, which are not read", ErrorKind::Unsupported);
  case 10: // doc_string
  case 13: // value_info: what shapes and types come to is our own finding
  case 14: // quantization_annotation: for those who quantize
  case 16: // metadata_props
    return true;
  default:
    return unknown(field, "GraphProto");
  }
}

bool OnnxParser::node(Bytes message, Node &out, int depth) {
  return fields(message, "a node", [&](const WireField &field) {
    switch (field.number) {
    case 1:
      return count(values, "values") && name(field, out.inputs.emplace_back());
    case 2:
      return count(values, "values") && name(field, out.outputs.emplace_back());
    case 3:
      return name(field, out.name);
    case 4:
      return name(field, out.type);
    case 5: {
      if (!this->message(field, "an attribute") || !count(attributes, "attributes")) {
        return false;
      }
      Attribute &next = out.attributes.emplace_back();
      return attribute(field.bytes, next, depth) ||
             inside(fmt::format("({}): attribute {}", quoteName(out.type), quoteName(next.name)));
    }
    case 7:
      return name(field, out.domain) && (out.domain != "ai.onnx" || (out.domain.clear(), true));
    case 8:
      return name(field, out.overload);
    case 6:  // doc_string
    case 9:  // metadata_props
    case 10: // device_configurations
      return true;
    default:
      return unknown(field, "NodeProto");
    }
  });
}

bool OnnxParser::function(Bytes message, Function &out) {
  return fields(message, "a function", [&](const WireField &field) {
    switch (field.number) {
    case 1:
      return name(field, out.name);
    case 4:
      return count(values, "values") && name(field, out.inputs.emplace_back());
    case 5:
      return count(values, "values") && name(field, out.outputs.emplace_back());
    case 6:
      return count(attributes, "attributes") && name(field, out.attributes.emplace_back());
    case 7:
      return this->message(field, "a node") && count(nodes, "nodes") &&
             (node(field.bytes, out.nodes.emplace_back(), 0) ||
              inside(fmt::format("function {}", quoteName(out.name))));
    case 9:
      return this->message(field, "an opset") && count(values, "opsets") &&
             opset(field.bytes, out.opsets.emplace_back());
    case 10:
      return name(field, out.domain);
    case 11:
      return this->message(field, "an attribute") && count(attributes, "attributes") &&
             attribute(field.bytes, out.defaults.emplace_back(), 0);
    case 13:
      return name(field, out.overload);
    case 8:  // doc_string
    case 12: // value_info
    case 14: // metadata_props
      return true;
    default:
      return unknown(field, "FunctionProto");
    }
  });
}

bool OnnxParser::valueInfo(Bytes message, ValueInfo &out) {
  out.type = DataType::Undefined;
  out.ranked = false;
  return fields(message, "a value", [&](const WireField &field) {
    switch (field.number) {
    case 1:
      return name(field, out.name);
    case 2:
      return this->message(field, "a type") && type(field.bytes, out, 0);
    case 3: // doc_string
    case 4: // metadata_props
      return true;
    default:
      return unknown(field, "ValueInfoProto");
    }
  });
}

bool OnnxParser::type(Bytes message, ValueInfo &out, int depth) {
  if (depth >= mostGraphDepth) {
    return refuse(fmt::format("expected types in types at most {} deep, found more", mostGraphDepth));
  }
  // Sequence and Optional have their type in field 1, which is a type itself.
  const auto within = [&](const WireField &field, ValueInfo::Kind kind) {
    if (!this->message(field, "a type") || !fields(field.bytes, "a type", [&](const WireField &inner) {
          return inner.number == 1 ? this->message(inner, "a type") && type(inner.bytes, out, depth + 1)
                                   : unknown(inner, "TypeProto");
        })) {
      return false;
    }
    using K = ValueInfo::Kind;
    const bool plain = out.kind == K::Tensor;
    out.kind = plain ? kind : kind == K::Optional && out.kind == K::Sequence ? K::OptionalSequence : K::Other;
    return true;
  };
  return fields(message, "a type", [&](const WireField &field) {
    switch (field.number) {
    case 1:
      out.kind = ValueInfo::Kind::Tensor;
      return this->message(field, "a type") && tensorType(field.bytes, out);
    case 4:
      return within(field, ValueInfo::Kind::Sequence);
    case 9:
      return within(field, ValueInfo::Kind::Optional);
    case 5: // map
    case 7: // opaque
    case 8: // sparse_tensor
      out.kind = ValueInfo::Kind::Other;
      return true;
    case 6: // denotation
      return true;
    default:
      return unknown(field, "TypeProto");
    }
  });
}

bool OnnxParser::elementType(const WireField &field, DataType &out) {
  int64_t value = 0;
  if (!number(field, value)) {
    return false;
  }
  if (value < 0 || value > lastDataType) {
    return refuse(fmt::format("expected a data type from 0 to {}, found {}", lastDataType, value));
  }
  out = static_cast<DataType>(value);
  return true;
}

bool OnnxParser::tensorType(Bytes message, ValueInfo &out) {
  return fields(message, "a tensor's type", [&](const WireField &field) {
    if (field.number == 1) {
      return elementType(field, out.type);
    }
    if (field.number != 2) {
      return unknown(field, "TypeProto.Tensor");
    }
    out.ranked = true;
    out.shape.clear();
    return this->message(field, "a shape") && shape(field.bytes, out.shape);
  });
}

bool OnnxParser::shape(Bytes message, std::vector<Dimension> &out) {
  return fields(message, "a shape", [&](const WireField &field) {
    if (field.number != 1) {
      return unknown(field, "TensorShapeProto");
    }
    if (out.size() >= static_cast<size_t>(mostRank)) {
      return refuse(fmt::format("expected at most {} axes, found more", mostRank));
    }
    return this->message(field, "an extent") && dimension(field.bytes, out.emplace_back(std::string()));
  });
}

bool OnnxParser::dimension(Bytes message, Dimension &out) {
  return fields(message, "an extent", [&](const WireField &field) {
    if (field.number == 1) {
      int64_t extent = 0;
      if (!number(field, extent)) {
        return false;
      }
      if (extent < 0) { // some exporters write -1 for an extent without a name
        out = std::string();
      } else {
        out = extent;
      }
      return true;
    }
    if (field.number == 2) {
      std::string &given = out.emplace<std::string>();
      const bool read = name(field, given);
      if (given == "?") { // and others that, for several that are not one
        given.clear();
      }
      return read;
    }
    return field.number == 3 || unknown(field, "TensorShapeProto.Dimension"); // 3: denotation
  });
}

} // namespace clew::onnx

// OnnxParser: attributes of nodes, of every type. See OnnxParser.h.
#include "runtime/onnx/OnnxParser.h"

#include "runtime/weights/StoredType.h"

#include <bit>

namespace clew::onnx {

using Kind = WireField::Kind;

/// What an attribute's fields hold, before its type says which of them it is.
struct OnnxParser::AttributeData {
  int64_t type = 0; ///< AttributeType; 0: not said, as files of IR version 1 may be
  int64_t integer = 0;
  float real = 0;
  std::string text;
  std::vector<int64_t> integers;
  std::vector<float> reals;
  std::vector<std::string> texts;
  std::shared_ptr<Graph> graph;
  std::shared_ptr<Tensor> tensor;
  ValueInfo typeInfo;
  int64_t seen = 0; ///< the AttributeType of the value that was there last
};

// AttributeProto.AttributeType.
enum : int64_t {
  Real = 1,
  Integer = 2,
  Text = 3,
  TensorType = 4,
  GraphType = 5,
  Reals = 6,
  Integers = 7,
  Texts = 8,
  TypeInfo = 13
};

bool OnnxParser::attributeField(const WireField &field, Attribute &out, AttributeData &data, int depth) {
  const auto seen = [&](int64_t type) {
    data.seen = type;
    return true;
  };
  const auto one = [&](uint64_t value) {
    return count(values, "numbers in attributes") && (data.integers.push_back(static_cast<int64_t>(value)), true);
  };
  switch (field.number) {
  case 1:
    return name(field, out.name);
  case 2:
    data.real = std::bit_cast<float>(static_cast<uint32_t>(field.value));
    return field.kind == Kind::Fixed32 ? seen(Real) : refuse("expected a float");
  case 3:
    return seen(Integer) && number(field, data.integer);
  case 4:
    data.text.assign(reinterpret_cast<const char *>(field.bytes.data()), field.bytes.size());
    return message(field, "a text") && seen(Text);
  case 5:
    data.tensor = std::make_shared<Tensor>();
    return message(field, "a tensor") && count(tensors, "tensors") && seen(TensorType) &&
           tensor(field.bytes, *data.tensor);
  case 6:
    data.graph = std::make_shared<Graph>();
    return message(field, "a graph") && seen(GraphType) && graph(field.bytes, *data.graph, depth + 1);
  case 7: {
    seen(Reals);
    if (field.kind == Kind::Fixed32) {
      data.reals.push_back(std::bit_cast<float>(static_cast<uint32_t>(field.value)));
      return count(values, "numbers in attributes");
    }
    if (field.kind != Kind::Bytes || field.bytes.size() % sizeof(float) != 0) {
      return refuse("expected floats");
    }
    const size_t before = data.reals.size();
    data.reals.resize(before + field.bytes.size() / sizeof(float));
    if (!field.bytes.empty()) {
      std::memcpy(data.reals.data() + before, field.bytes.data(), field.bytes.size());
    }
    return true;
  }
  case 8: {
    seen(Integers);
    return integers(field, "integers", one);
  }
  case 9:
    return count(values, "texts in attributes") && message(field, "a text") && seen(Texts) &&
           (data.texts.emplace_back(reinterpret_cast<const char *>(field.bytes.data()), field.bytes.size()), true);
  case 13: // doc_string
    return true;
  case 14:
    data.typeInfo.type = DataType::Undefined;
    data.typeInfo.ranked = false;
    return message(field, "a type") && seen(TypeInfo) && type(field.bytes, data.typeInfo, 0);
  case 20:
    return number(field, data.type);
  case 21:
    return name(field, out.reference);
  case 10: // tensors
  case 11: // graphs
  case 15: // type_protos
  case 22: // sparse_tensor
  case 23: // sparse_tensors
    return refuse("holds several tensors, graphs or types, or a sparse tensor, which are not read",
                  ErrorKind::Unsupported);
  default:
    return unknown(field, "AttributeProto");
  }
}

bool OnnxParser::attributeValue(Attribute &out, AttributeData &data) {
  switch (data.type != 0 ? data.type : data.seen) {
  case Real:
    out.value = data.real;
    return true;
  case Integer:
    out.value = data.integer;
    return true;
  case Text:
    out.value = std::move(data.text);
    return true;
  case TensorType:
    out.value = data.tensor;
    return data.tensor != nullptr || refuse("expected a tensor, found none");
  case GraphType:
    out.value = data.graph;
    return data.graph != nullptr || refuse("expected a graph, found none");
  case Reals:
    out.value = std::move(data.reals);
    return true;
  case Integers:
    out.value = std::move(data.integers);
    return true;
  case Texts:
    out.value = std::move(data.texts);
    return true;
  case TypeInfo:
    out.value = std::move(data.typeInfo);
    return true;
  default:
    return refuse(fmt::format("expected a type of attribute from 1 to 8 or 13, found {}", data.type),
                  ErrorKind::Unsupported);
  }
}

bool OnnxParser::attribute(Bytes message, Attribute &out, int depth) {
  AttributeData data;
  if (!fields(message, "an attribute",
              [&](const WireField &field) { return attributeField(field, out, data, depth); })) {
    return false;
  }
  if (data.type != 0 && data.seen != 0 && data.type != data.seen && out.reference.empty()) {
    return refuse(fmt::format("says that it is of type {}, found a value of type {}", data.type, data.seen));
  }
  if (!out.reference.empty()) {
    out.value = int64_t{0}; // its caller has the value
    return true;
  }
  return attributeValue(out, data);
}

} // namespace clew::onnx

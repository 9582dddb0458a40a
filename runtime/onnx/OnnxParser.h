// OnnxParser: the messages of onnx.proto, read field by field. Apart from OnnxReader.cpp, which knows of files.
#pragma once

#include "runtime/base/WireReader.h"
#include "runtime/onnx/OnnxReader.h"

#include <fmt/format.h>

namespace clew::onnx {

/// Reads one model. Methods return false after the first problem, which refuse() keeps.
class OnnxParser {
public:
  using Bytes = std::span<const std::byte>;

  OnnxParser(std::string where, ExternalData external) : external(external), place(std::move(where)) {}

  bool model(Bytes message, Model &out);
  /// What was refused, once a method returned false.
  Error &&error() && { return std::move(problem); }

private:
  bool graph(Bytes message, Graph &out, int depth);
  bool graphField(const WireField &field, Graph &out, int depth);
  bool node(Bytes message, Node &out, int depth);
  bool function(Bytes message, Function &out);
  bool attribute(Bytes message, Attribute &out, int depth);
  bool tensor(Bytes message, Tensor &out);
  bool valueInfo(Bytes message, ValueInfo &out);
  bool type(Bytes message, ValueInfo &out, int depth);
  bool elementType(const WireField &field, DataType &out);
  bool tensorType(Bytes message, ValueInfo &out);
  bool shape(Bytes message, std::vector<Dimension> &out);
  bool dimension(Bytes message, Dimension &out);
  bool entry(Bytes message, std::string &key, std::string &value);
  bool opset(Bytes message, std::pair<std::string, int64_t> &out);

  struct TensorData;
  bool tensorField(const WireField &field, Tensor &out, TensorData &data);
  bool finish(Tensor &out, TensorData &data);
  bool takeExternal(Tensor &out, const TensorData &data, int64_t bytes);
  bool takeTyped(Tensor &out, TensorData &data, int64_t elements);

  struct AttributeData;
  bool attributeField(const WireField &field, Attribute &out, AttributeData &data, int depth);
  bool attributeValue(Attribute &out, AttributeData &data);

  /// Calls `each` for every field of a message.
  template <typename F> bool fields(Bytes message, const char *what, F &&each) {
    WireReader reader(message);
    while (!reader.empty()) {
      WireField field;
      if (!reader.field(field)) {
        return refuse(fmt::format("expected {}, found bytes that are cut short or no protocol buffer", what));
      }
      if (!each(field)) {
        return false;
      }
    }
    return true;
  }
  /// Calls `each` for every number of a repeated field, alone or packed.
  template <typename F> bool integers(const WireField &field, const char *what, F &&each) {
    if (field.kind == WireField::Kind::Varint) {
      return each(field.value);
    }
    WireReader packed(field.bytes);
    uint64_t value = 0;
    bool whole = field.kind == WireField::Kind::Bytes;
    while (whole && !packed.empty()) {
      whole = packed.varint(value);
      if (whole && !each(value)) {
        return false;
      }
    }
    return whole || refuse(fmt::format("expected {}, found others", what));
  }
  bool name(const WireField &field, std::string &out);
  bool number(const WireField &field, int64_t &out);
  bool count(size_t &what, const char *name);
  bool unknown(const WireField &field, const char *message);
  bool message(const WireField &field, const char *what);
  bool refuse(std::string text, ErrorKind kind = ErrorKind::BadInput);
  /// Puts where it was before a problem; false.
  bool inside(const std::string &text);

  ExternalData external;
  std::string place;
  Error problem{ErrorKind::BadInput, "", ""};
  size_t nodes = 0, tensors = 0, values = 0, attributes = 0;
};

} // namespace clew::onnx

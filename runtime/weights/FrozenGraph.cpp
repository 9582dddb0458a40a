// GraphDef -> NodeDef -> its attribute `value` -> TensorProto, to this depth and no deeper.
#include "runtime/weights/FrozenGraph.h"

#include "runtime/base/WireReader.h"
#include "runtime/weights/TensorFlowMessages.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace clew {
namespace {

using Bytes = std::span<const std::byte>;
using Kind = WireField::Kind;

std::string_view textOf(Bytes bytes) { return {reinterpret_cast<const char *>(bytes.data()), bytes.size()}; }

/// A node's name, and its constant if it is one.
struct GraphNode {
  std::string_view name;
  std::string_view op;
  Bytes value; ///< a TensorProto
};

/// A TensorProto. Numbers are in `content`, or listed in fields of their type.
struct GraphConstant {
  uint64_t type = 0;
  std::vector<int64_t> shape;
  Bytes content;
  std::vector<Bytes> lists; ///< packed, or one number each
  std::vector<uint64_t> numbers;
};

/// The field of TensorProto that lists numbers of this type of floats.
uint32_t listField(StoredType type) {
  constexpr uint32_t floats = 5;
  constexpr uint32_t doubles = 6;
  constexpr uint32_t halves = 13; // bfloat16, too
  return type == StoredType::F32 ? floats : type == StoredType::F64 ? doubles : halves;
}

/// AttrValue under the key `value`: tensor = 8.
bool readAttribute(Bytes message, GraphNode &node) {
  WireReader reader(message);
  std::string_view key;
  Bytes value;
  WireField field;
  while (!reader.empty()) {
    if (!reader.field(field)) {
      return false;
    }
    if (field.number == 1 && field.kind == Kind::Bytes) {
      key = textOf(field.bytes);
    } else if (field.number == 2 && field.kind == Kind::Bytes) {
      value = field.bytes;
    }
  }
  WireReader inner(key == "value" ? value : Bytes());
  while (!inner.empty()) {
    if (!inner.field(field)) {
      return false;
    }
    if (field.number == 8 && field.kind == Kind::Bytes) {
      node.value = field.bytes;
    }
  }
  return true;
}

/// NodeDef: name = 1, op = 2, input = 3, device = 4, attr = 5.
bool readNode(Bytes message, GraphNode &node) {
  WireReader reader(message);
  WireField field;
  while (!reader.empty()) {
    if (!reader.field(field)) {
      return false;
    }
    if (field.number == 1 && field.kind == Kind::Bytes) {
      node.name = textOf(field.bytes);
    } else if (field.number == 2 && field.kind == Kind::Bytes) {
      node.op = textOf(field.bytes);
    } else if (field.number == 5 && (field.kind != Kind::Bytes || !readAttribute(field.bytes, node))) {
      return false;
    }
  }
  return true;
}

/// dtype = 1, tensor_shape = 2, tensor_content = 4, lists of numbers by type. Returns what is wrong, or "".
std::string readConstant(Bytes message, GraphConstant &constant, StoredType &type) {
  WireReader reader(message);
  WireField field;
  std::vector<WireField> rest;
  while (!reader.empty()) {
    if (!reader.field(field)) {
      return "expected a tensor, found other data";
    }
    if (field.number == 1 && field.kind == Kind::Varint) {
      constant.type = field.value;
    } else if (field.number == 2 && field.kind == Kind::Bytes) {
      if (!constant.shape.empty() || !readTensorFlowShape(field.bytes, constant.shape)) {
        return fmt::format("expected one shape of at most {} extents, found another", mostTensorRank);
      }
    } else if (field.number == 4 && field.kind == Kind::Bytes) {
      constant.content = field.bytes;
    } else {
      rest.push_back(field);
    }
  }
  const std::optional<StoredType> known = tensorFlowType(constant.type);
  type = known.value_or(StoredType::U8);
  for (const WireField &list : rest) {
    if (readsAsF32(type) && list.number == listField(type)) {
      list.kind == Kind::Bytes ? constant.lists.push_back(list.bytes) : constant.numbers.push_back(list.value);
    }
  }
  return "";
}

/// Appends the numbers of a packed list as their bits.
bool unpack(Bytes list, StoredType type, std::vector<uint64_t> &numbers) {
  WireReader reader(list);
  while (!reader.empty()) {
    uint64_t number = 0;
    uint32_t narrow = 0;
    const bool read = type == StoredType::F32   ? reader.fixed(narrow)
                      : type == StoredType::F64 ? reader.fixed(number)
                                                : reader.varint(number);
    if (!read) {
      return false;
    }
    numbers.push_back(type == StoredType::F32 ? narrow : number);
  }
  return true;
}

class GraphReader {
public:
  GraphReader(Bytes file, const std::string &where) : file(file), where(where), memory(file.size()) {}

  Result<TensorSet> read() {
    WireReader reader(file);
    while (!reader.empty()) {
      WireField field;
      if (!reader.field(field) || field.number > 5 || (field.number == 1 && field.kind != Kind::Bytes)) {
        return reject(
            field.number == 1 && field.kind == Kind::Varint
                ? "expected a frozen graph of TensorFlow, found a SavedModel; name its variables/variables.index"
                : "expected a frozen graph of TensorFlow, found other data");
      }
      if (field.number != 1) {
        continue;
      }
      GraphNode node;
      if (!readNode(field.bytes, node)) {
        return reject(fmt::format("expected a node of a graph, found other data after {}", quoteName(node.name)));
      }
      if (node.op != "Const") {
        continue;
      }
      if (Result<void> taken = take(node); !taken) {
        return fail(taken);
      }
    }
    if (tensors.empty()) {
      return reject("expected constants of floats in a frozen graph of TensorFlow, found none");
    }
    return gatherTensors(std::move(tensors), std::move(memory), where);
  }

private:
  Failure reject(std::string why) const { return fail(ErrorKind::BadInput, std::move(why), where); }

  Failure reject(const GraphNode &node, std::string_view why) const {
    return reject(fmt::format("constant {}: {}", quoteName(node.name), why));
  }

  Result<void> take(const GraphNode &node) {
    GraphConstant constant;
    StoredType type = StoredType::U8;
    if (const std::string problem = readConstant(node.value, constant, type); !problem.empty()) {
      return reject(node, problem);
    }
    if (!readsAsF32(type) || constant.shape.empty()) {
      return {};
    }
    if (tensors.size() == mostGraphConstants || node.name.empty() || node.name.size() > mostGraphName) {
      return reject(fmt::format("expected at most {} constants with names of 1 to {} bytes, found more",
                                mostGraphConstants, mostGraphName));
    }
    const std::string name(node.name);
    const Result<int64_t> count = countElements(name, constant.shape, type, where);
    if (!count) {
      return fail(count);
    }
    const uint64_t bytes = static_cast<uint64_t>(*count) * bytesOf(type);
    TensorView view{name, type, constant.shape, constant.content};
    if (constant.content.empty() && bytes > 0) {
      Result<Bytes> listed = list(node, constant, type, bytes);
      if (!listed) {
        return fail(listed);
      }
      view.bytes = *listed;
    }
    if (view.bytes.size() != bytes) {
      return reject(node, fmt::format("expected {} bytes for {} {}, found {}", bytes, nameOf(type),
                                      renderShape(constant.shape), view.bytes.size()));
    }
    tensors.push_back(std::move(view));
    return {};
  }

  /// Numbers that are listed; the last stands for all that are not.
  Result<Bytes> list(const GraphNode &node, GraphConstant &constant, StoredType type, uint64_t bytes) {
    for (const Bytes packed : constant.lists) {
      if (!unpack(packed, type, constant.numbers)) {
        return reject(node, "expected a list of numbers, found other data");
      }
    }
    const size_t width = bytesOf(type);
    if (constant.numbers.empty() || constant.numbers.size() > bytes / width) {
      return reject(node, fmt::format("expected 1 to {} numbers, found {}", bytes / width, constant.numbers.size()));
    }
    const Result<std::span<std::byte>> made = memory.take(bytes, where);
    if (!made) {
      return fail(made);
    }
    for (size_t i = 0; i < bytes / width; ++i) {
      const uint64_t number = constant.numbers[std::min(i, constant.numbers.size() - 1)];
      std::memcpy(made->data() + i * width, &number, width);
    }
    return Bytes(*made);
  }

  Bytes file;
  const std::string &where;
  TensorMemory memory;
  std::vector<TensorView> tensors;
};

} // namespace

Result<TensorSet> readFrozenGraph(Bytes file, const std::string &where) { return GraphReader(file, where).read(); }

} // namespace clew

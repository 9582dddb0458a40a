// Builds the tree from events that the guard let pass.
#include "runtime/base/JsonTree.h"

#include "runtime/base/JsonEvents.h"

namespace clew {
namespace {

class TreeMaker {
public:
  explicit TreeMaker(const int &line) : line(line) {}

  JsonNode root;

  void null() { place({JsonNode::Kind::Null, line, 0, {}, {}, {}}); }
  void boolean(bool value) { place({JsonNode::Kind::Bool, line, value ? 1 : 0, {}, {}, {}}); }
  void integer(int64_t value) { place({JsonNode::Kind::Integer, line, value, std::to_string(value), {}, {}}); }
  void natural(uint64_t value) {
    if (value > static_cast<uint64_t>(INT64_MAX)) {
      place({JsonNode::Kind::Real, line, 0, std::to_string(value), {}, {}});
    } else {
      integer(static_cast<int64_t>(value));
    }
  }
  void real(double /*value*/, const std::string &text) { place({JsonNode::Kind::Real, line, 0, text, {}, {}}); }
  void text(std::string &value) { place({JsonNode::Kind::Text, line, 0, std::move(value), {}, {}}); }
  // A parent's children may move while it grows, but only when all of them are closed: pointers on the stack stay.
  void open(bool object) {
    stack.push_back(place({object ? JsonNode::Kind::Object : JsonNode::Kind::Array, line, 0, {}, {}, {}}));
  }
  void close() { stack.pop_back(); }
  void key(std::string &name) { pending = std::move(name); }

private:
  JsonNode *place(JsonNode node) {
    if (stack.empty()) {
      root = std::move(node);
      return &root;
    }
    JsonNode &parent = *stack.back();
    if (parent.kind == JsonNode::Kind::Array) {
      parent.items.push_back(std::move(node));
      return &parent.items.back();
    }
    parent.entries.push_back({std::move(pending), std::move(node)});
    return &parent.entries.back().value;
  }

  const int &line;
  std::vector<JsonNode *> stack;
  std::string pending;
};

} // namespace

const JsonNode *JsonNode::find(std::string_view key) const {
  for (const auto &[name, value] : entries) {
    if (name == key) {
      return &value;
    }
  }
  return nullptr;
}

std::optional<std::string_view> JsonNode::scalar() const {
  if (kind == Kind::Text || kind == Kind::Integer || kind == Kind::Real) {
    return text;
  }
  return std::nullopt;
}

std::string describe(const JsonNode &node) {
  switch (node.kind) {
  case JsonNode::Kind::Null:
    return "null";
  case JsonNode::Kind::Bool:
    return node.integer ? "true" : "false";
  case JsonNode::Kind::Integer:
  case JsonNode::Kind::Real:
    return "the number " + node.text;
  case JsonNode::Kind::Text:
    return "a text";
  case JsonNode::Kind::Array:
    return node.items.empty() ? "an empty list" : "a list";
  case JsonNode::Kind::Object:
    return node.entries.empty() ? "an empty object" : "an object";
  }
  return "";
}

Result<JsonNode> parseJsonTree(std::string_view text, const std::string &path, int line) {
  TreeMaker maker(line);
  const Result<void> read = readJson(text, path, line, maker);
  return read ? Result<JsonNode>(std::move(maker.root)) : fail(read);
}

} // namespace clew

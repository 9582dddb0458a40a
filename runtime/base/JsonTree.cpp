// Builds the tree from nlohmann's events; an iterator that counts newlines on its way knows the line.
#include "runtime/base/JsonTree.h"

#include "runtime/base/Excerpt.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <unordered_set>

namespace clew {
namespace {

constexpr size_t kMostDepth = 32;

/// Reads characters and counts lines into `line`, which all copies share.
struct CountingIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char *;
  using reference = const char &;

  const char *at = nullptr;
  int *line = nullptr;

  reference operator*() const { return *at; }
  CountingIterator &operator++() {
    *line += *at == '\n';
    ++at;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator &other) const { return at == other.at; }
};

/// Receives nlohmann's events.
class Builder {
public:
  Builder(std::string_view text, int &line, JsonNode &root) : text(text), line(line), root(root) {}

  std::string problem; ///< why parsing stopped
  int problemLine = 0;

  // NOLINTBEGIN(readability-identifier-naming): the names are those that nlohmann-json calls.
  bool null() { return add({JsonNode::Kind::Null, line, 0, {}, {}, {}}); }
  bool boolean(bool value) { return add({JsonNode::Kind::Bool, line, value ? 1 : 0, {}, {}, {}}); }
  bool number_integer(int64_t value) {
    return add({JsonNode::Kind::Integer, line, value, std::to_string(value), {}, {}});
  }
  bool number_unsigned(uint64_t value) {
    if (value > static_cast<uint64_t>(INT64_MAX)) {
      return add({JsonNode::Kind::Real, line, 0, std::to_string(value), {}, {}});
    }
    return number_integer(static_cast<int64_t>(value));
  }
  bool number_float(double, const std::string &text) { return add({JsonNode::Kind::Real, line, 0, text, {}, {}}); }
  bool string(std::string &text) { return add({JsonNode::Kind::Text, line, 0, std::move(text), {}, {}}); }
  bool binary(std::vector<uint8_t> &) { return stop("binary data"); }
  bool start_object(size_t) { return open(JsonNode::Kind::Object); }
  bool start_array(size_t) { return open(JsonNode::Kind::Array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string &name) {
    if (!isNew(name)) {
      return stop("the key '" + excerpt(name) + "' stands twice in an object");
    }
    pending = std::move(name);
    return true;
  }
  bool parse_error(size_t position, const std::string &token, const nlohmann::json::exception &error) {
    std::string_view what = error.what();
    const size_t words = what.find("syntax error");
    const bool ended = what.find("unexpected end of input") != std::string_view::npos || token.empty();
    if (ended || what.find("missing closing quote") != std::string_view::npos) {
      return stop("the JSON is cut short");
    }
    what.remove_prefix(words == std::string_view::npos ? 0 : words);
    what = what.substr(0, what.find("; last read")); // what the library quotes there may end inside a character
    constexpr size_t shown = 40;
    return stop("malformed JSON: " + std::string(what) + ", near '" + excerpt(lineFrom(position), shown) + "'");
  }
  // NOLINTEND(readability-identifier-naming)

private:
  /// The rest of a line from the character on of which byte `position` (from 1) is a part.
  std::string_view lineFrom(size_t position) const {
    size_t at = std::min(position - std::min<size_t>(position, 1), text.size());
    while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) {
      --at;
    }
    return text.substr(at, text.find_first_of("\r\n", at) - at);
  }

  bool stop(std::string why) {
    problem = std::move(why);
    problemLine = line;
    return false;
  }

  /// Few keys are looked through; of many (a vocabulary's) a set is kept.
  bool isNew(const std::string &name) {
    constexpr size_t kFew = 16;
    Open &object = stack.back();
    if (object.node->entries.size() < kFew) {
      return !object.node->find(name);
    }
    if (object.keys.empty()) {
      for (const JsonEntry &entry : object.node->entries) {
        object.keys.insert(entry.key);
      }
    }
    return object.keys.insert(name).second;
  }

  JsonNode *place(JsonNode node) {
    if (stack.empty()) {
      root = std::move(node);
      return &root;
    }
    JsonNode &parent = *stack.back().node;
    if (parent.kind == JsonNode::Kind::Array) {
      parent.items.push_back(std::move(node));
      return &parent.items.back();
    }
    parent.entries.push_back({std::move(pending), std::move(node)});
    return &parent.entries.back().value;
  }
  bool add(JsonNode node) {
    place(std::move(node));
    return true;
  }
  bool open(JsonNode::Kind kind) {
    if (stack.size() >= kMostDepth) {
      return stop("nested deeper than " + std::to_string(kMostDepth));
    }
    // A parent's children may move while it grows, but only when all of them are closed: pointers on the stack stay.
    stack.push_back({place({kind, line, 0, {}, {}, {}}), {}});
    return true;
  }
  bool close() {
    stack.pop_back();
    return true;
  }

  /// An array or object that is not closed yet.
  struct Open {
    JsonNode *node;
    std::unordered_set<std::string> keys;
  };

  std::string_view text;
  int &line;
  JsonNode &root;
  std::vector<Open> stack;
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
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1); // so that what is cut short is cut on its last line
  // The library takes a zero byte for the end of its input and would hide what follows.
  if (const size_t zero = text.find('\0'); zero != std::string_view::npos) {
    const auto lines = std::ranges::count(text.substr(0, zero), '\n');
    return fail(ErrorKind::BadInput, "malformed JSON: a zero byte", path + ":" + std::to_string(line + lines));
  }
  JsonNode root;
  Builder builder(text, line, root);
  const CountingIterator begin{text.data(), &line};
  const CountingIterator end{text.data() + text.size(), &line};
  const bool parsed = nlohmann::json::sax_parse(begin, end, &builder);
  if (!parsed) {
    return fail(ErrorKind::BadInput, builder.problem.empty() ? "malformed JSON" : builder.problem,
                path + ":" + std::to_string(builder.problemLine ? builder.problemLine : line));
  }
  return root;
}

} // namespace clew

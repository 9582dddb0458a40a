// Builds our tree from yaml-cpp's events. Events, because the tree of yaml-cpp hides duplicate keys and follows aliases.
#include "yaml/YamlDocument.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unordered_set>
#include <utility>

namespace clew {
namespace {

constexpr size_t mostBytes = size_t{1} << 20;
constexpr size_t mostDepth = 48;

Spot spotOf(const YAML::Mark &mark) { return mark.is_null() ? Spot{} : Spot{mark.line + 1, mark.column + 1}; }

YamlNode nodeAt(const YAML::Mark &mark, YamlNode::Kind kind) {
  YamlNode node;
  node.kind = kind;
  node.at = spotOf(mark);
  return node;
}

class TreeBuilder : public YAML::EventHandler {
public:
  explicit TreeBuilder(Diagnostics &diagnostics) : diagnostics(diagnostics) {}

  std::optional<YamlNode> root;

  void OnDocumentStart(const YAML::Mark &) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark &mark, YAML::anchor_t anchor) override {
    refuseAnchor(mark, anchor);
    add(nodeAt(mark, YamlNode::Kind::Null));
  }
  void OnAlias(const YAML::Mark &mark, YAML::anchor_t) override {
    diagnostics.error(spotOf(mark), "anchors and aliases are not allowed");
    add(nodeAt(mark, YamlNode::Kind::Null));
  }
  void OnScalar(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                const std::string &value) override {
    refuseAnchor(mark, anchor);
    refuseTag(mark, tag);
    YamlNode node = nodeAt(mark, YamlNode::Kind::Scalar);
    node.text = value;
    node.quoted = tag == "!";
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::Sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::Map);
  }
  void OnMapEnd() override { close(); }

private:
  /// A list or map whose end has not come.
  struct Frame {
    YamlNode node;
    std::unordered_set<std::string> keys;
    bool keyed = false; ///< Map: a key has come and waits for its value
  };

  void refuseAnchor(const YAML::Mark &mark, YAML::anchor_t anchor) {
    if (anchor != 0) {
      diagnostics.error(spotOf(mark), "anchors and aliases are not allowed");
    }
  }
  void refuseTag(const YAML::Mark &mark, const std::string &tag) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      diagnostics.error(spotOf(mark), "tags are not allowed, found '" + tag + "'");
    }
  }

  void open(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    refuseAnchor(mark, anchor);
    refuseTag(mark, tag);
    if (frames.size() >= mostDepth) {
      diagnostics.error(spotOf(mark), "nested more than " + std::to_string(mostDepth) + " deep");
      ++skipped;
      return;
    }
    frames.push_back({nodeAt(mark, kind), {}});
  }

  void close() {
    if (skipped > 0) {
      --skipped;
      return;
    }
    YamlNode node = std::move(frames.back().node);
    frames.pop_back();
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (skipped > 0) {
      return;
    }
    if (frames.empty()) {
      root = std::move(node);
      return;
    }
    Frame &frame = frames.back();
    if (frame.node.kind == YamlNode::Kind::Sequence) {
      frame.node.items.push_back(std::move(node));
    } else if (frame.keyed) {
      frame.node.entries.back().value = std::move(node);
      frame.keyed = false;
    } else {
      addKey(frame, node);
    }
  }

  void addKey(Frame &frame, const YamlNode &key) {
    if (key.kind != YamlNode::Kind::Scalar) {
      diagnostics.error(key.at, "expected a name as the key of a map, found " + describe(key));
    } else if (!frame.keys.insert(key.text).second) {
      diagnostics.error(key.at, "duplicate key '" + key.text + "'");
    }
    frame.node.entries.push_back({key.text, key.at, {}});
    frame.keyed = true;
  }

  Diagnostics &diagnostics;
  std::vector<Frame> frames;
  size_t skipped = 0; ///< openings beyond the deepest level that wait for their ends
};

/// Bytes of the UTF-8 sequence that starts `text` (RFC 3629: no overlong forms, no surrogates), 0 when it is none.
size_t sequenceLength(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto continues = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xC2 && first <= 0xDF) {
    return continues(1) ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    const bool valid = !(first == 0xE0 && byte(1) < 0xA0) && !(first == 0xED && byte(1) > 0x9F);
    return valid && continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool valid = !(first == 0xF0 && byte(1) < 0x90) && !(first == 0xF4 && byte(1) > 0x8F);
    return valid && continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

/// Where the text stops being UTF-8 without control characters; nothing when it never does.
std::optional<Spot> firstForeignByte(std::string_view text) {
  Spot spot{1, 1};
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control = (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F;
    const size_t length = sequenceLength(text.substr(i));
    if (length == 0 || control) {
      return spot;
    }
    spot = byte == '\n' ? Spot{spot.line + 1, 1} : Spot{spot.line, spot.column + 1};
    i += length;
  }
  return std::nullopt;
}

} // namespace

const YamlEntry *YamlNode::find(std::string_view key) const {
  for (const YamlEntry &entry : entries) {
    if (entry.key == key) {
      return &entry;
    }
  }
  return nullptr;
}

std::string describe(const YamlNode &node) {
  switch (node.kind) {
  case YamlNode::Kind::Null:
    return "nothing";
  case YamlNode::Kind::Sequence:
    return node.items.empty() ? "an empty list" : "a list";
  case YamlNode::Kind::Map:
    return node.entries.empty() ? "an empty map" : "a map";
  case YamlNode::Kind::Scalar:
    break;
  }
  return node.text.size() <= 60 ? "'" + node.text + "'" : "a long text";
}

Result<std::string> readSmallFile(const std::string &path) {
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (!std::filesystem::exists(status)) {
    return fail(ErrorKind::NotFound, "no such file", path);
  }
  if (!std::filesystem::is_regular_file(status)) {
    return fail(ErrorKind::BadInput, "expected a file", path);
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return fail(ErrorKind::Io, "cannot be opened", path);
  }
  std::string text(mostBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) {
    return fail(ErrorKind::Io, "cannot be read", path);
  }
  text.resize(static_cast<size_t>(stream.gcount()));
  if (text.size() > mostBytes) {
    return fail(ErrorKind::BadInput, "is larger than 1 MiB", path);
  }
  return text;
}

/// The tab that indents the line, or the one above it. YAML forbids it, and the parser says of it only that something is wrong there.
static std::optional<Spot> indentingTab(std::string_view text, int line) {
  std::optional<Spot> found;
  for (int at = 1; at <= line && !text.empty(); ++at) {
    const size_t end = std::min(text.find('\n'), text.size());
    const size_t column = text.substr(0, end).find_first_not_of(' ');
    if (at + 1 >= line && column != std::string_view::npos && text[column] == '\t') {
      found = Spot{at, static_cast<int>(column) + 1};
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

std::optional<YamlNode> parseYaml(std::string_view text, Diagnostics &diagnostics) {
  if (text.size() > mostBytes) {
    diagnostics.error({}, "is larger than 1 MiB");
    return std::nullopt;
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  if (const auto spot = firstForeignByte(text)) {
    diagnostics.error(*spot, "expected UTF-8 text without control characters");
    return std::nullopt;
  }
  TreeBuilder builder(diagnostics);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    TreeBuilder rest(diagnostics);
    if (parser.HandleNextDocument(rest)) {
      diagnostics.error(rest.root ? rest.root->at : Spot{}, "expected one document, found another");
      return std::nullopt;
    }
  } catch (const YAML::Exception &exception) {
    const Spot spot = spotOf(exception.mark);
    const std::optional<Spot> tab = indentingTab(text, spot.line);
    diagnostics.error(tab.value_or(spot),
                      "not YAML: " + (tab ? "a tab indents this line, expected spaces" : exception.msg));
    return std::nullopt;
  } catch (const std::exception &exception) {
    diagnostics.error({}, std::string("not YAML: ") + exception.what());
    return std::nullopt;
  }
  if (!builder.root) {
    diagnostics.error({1, 1}, "expected a map, found an empty file");
  }
  return std::move(builder.root);
}

} // namespace clew

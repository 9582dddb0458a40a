// Typed access to a YAML tree, and the words of its errors.
#include "yaml/YamlFields.h"

#include "yaml/Suggest.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace clew {
namespace {

std::string plain(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  return std::string(buffer, end);
}

bool looksLikeNumber(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  if (text.starts_with('.')) {
    text.remove_prefix(1);
  }
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

bool isSpecialFloat(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  return text == ".nan" || text == ".NaN" || text == ".NAN" || text == ".inf" || text == ".Inf" || text == ".INF";
}

/// describe(), and that a scalar stands in quotes where that is why it is none of what was expected.
std::string found(const YamlNode &node) {
  const bool quoted = node.kind == YamlNode::Kind::Scalar && node.quoted;
  return describe(node) + (quoted ? ", a text in quotes" : "");
}

} // namespace

YamlFields::YamlFields(const YamlNode &node, std::string what, Diagnostics &diagnostics)
    : node(node), what(std::move(what)), diagnostics(diagnostics) {
  expectMap(node, this->what, diagnostics);
}

const YamlEntry *YamlFields::find(std::string_view key) {
  known.emplace_back(key);
  return node.find(key);
}

const YamlEntry *YamlFields::need(std::string_view key) {
  const YamlEntry *entry = find(key);
  if (!entry && node.kind == YamlNode::Kind::Map) {
    diagnostics.error(node.at, "missing '" + std::string(key) + "' in " + what);
  }
  return entry;
}

void YamlFields::finish() {
  for (const YamlEntry &entry : node.entries) {
    if (diagnostics.full()) {
      return;
    }
    if (std::ranges::find(known, entry.key) == known.end()) {
      diagnostics.error(entry.at, "unknown key '" + entry.key + "' in " + what + didYouMean(entry.key, known));
    }
  }
}

void expectMap(const YamlNode &node, const std::string &what, Diagnostics &diagnostics) {
  if (node.kind != YamlNode::Kind::Map) {
    diagnostics.error(node.at, "expected a map for " + what + ", found " + describe(node));
  }
}

std::optional<std::string> textOf(const YamlNode &node, const std::string &what, Diagnostics &diagnostics) {
  if (node.kind != YamlNode::Kind::Scalar || node.text.empty()) {
    diagnostics.error(node.at, "expected a text for " + what + ", found " + describe(node));
    return std::nullopt;
  }
  return node.text;
}

std::optional<bool> boolOf(const YamlNode &node, const std::string &what, Diagnostics &diagnostics) {
  const bool scalar = node.kind == YamlNode::Kind::Scalar && !node.quoted;
  if (!scalar || (node.text != "true" && node.text != "false")) {
    diagnostics.error(node.at, "expected true or false for " + what + ", found " + found(node));
    return std::nullopt;
  }
  return node.text == "true";
}

std::optional<int64_t> intOf(const YamlNode &node, const std::string &what, int64_t least, int64_t most,
                             Diagnostics &diagnostics) {
  int64_t value = 0;
  const char *begin = node.text.data();
  const char *end = begin + node.text.size();
  const auto [stop, code] = std::from_chars(begin, end, value);
  const bool scalar = node.kind == YamlNode::Kind::Scalar && !node.quoted;
  if (!scalar || stop != end || code == std::errc::invalid_argument) {
    diagnostics.error(node.at, "expected an integer for " + what + ", found " + found(node));
    return std::nullopt;
  }
  if (code != std::errc() || value < least || value > most) {
    diagnostics.error(node.at, "expected " + what + " from " + std::to_string(least) + " to " + std::to_string(most) +
                                   ", found " + node.text);
    return std::nullopt;
  }
  return value;
}

std::optional<double> floatOf(const YamlNode &node, const std::string &what, double least, double most,
                              Diagnostics &diagnostics) {
  double value = 0;
  const char *begin = node.text.data();
  const char *end = begin + node.text.size();
  const auto [stop, code] = std::from_chars(begin, end, value);
  const bool scalar = node.kind == YamlNode::Kind::Scalar && !node.quoted;
  if (!scalar || stop != end || code != std::errc() || !std::isfinite(value)) {
    diagnostics.error(node.at, "expected a finite number for " + what + ", found " + found(node));
    return std::nullopt;
  }
  if (value < least || value > most) {
    diagnostics.error(node.at,
                      "expected " + what + " from " + plain(least) + " to " + plain(most) + ", found " + node.text);
    return std::nullopt;
  }
  return value;
}

std::vector<const YamlNode *> itemsOf(const YamlNode &node, const std::string &what, Diagnostics &diagnostics) {
  std::vector<const YamlNode *> items;
  if (node.kind != YamlNode::Kind::Sequence) {
    diagnostics.error(node.at, "expected a list for " + what + ", found " + describe(node));
  }
  for (const YamlNode &item : node.items) {
    items.push_back(&item);
  }
  return items;
}

std::optional<Literal> literalOf(const YamlNode &node, const std::string &what, Diagnostics &diagnostics) {
  if (node.kind != YamlNode::Kind::Scalar) {
    diagnostics.error(node.at, "expected a number, true, false or a text for " + what + ", found " + describe(node));
    return std::nullopt;
  }
  if (node.quoted) {
    return Literal(node.text);
  }
  if (node.text == "true" || node.text == "false") {
    return Literal(node.text == "true");
  }
  if (!looksLikeNumber(node.text) && !isSpecialFloat(node.text)) {
    return Literal(node.text);
  }
  if (node.text.find_first_not_of("+-0123456789") == std::string::npos) {
    const auto whole = intOf(node, what, INT64_MIN, INT64_MAX, diagnostics);
    return whole ? std::optional<Literal>(*whole) : std::nullopt;
  }
  const auto number = floatOf(node, what, -1e300, 1e300, diagnostics);
  return number ? std::optional<Literal>(*number) : std::nullopt;
}

bool isIdentifier(std::string_view text) {
  auto isLetter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && text.size() <= 64 && isLetter(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return isLetter(c) || isDigit(c); });
}

std::string_view typeName(const Literal &value) {
  static constexpr std::string_view names[] = {"an integer", "a number", "true or false", "a text"};
  return names[value.index()];
}

} // namespace clew

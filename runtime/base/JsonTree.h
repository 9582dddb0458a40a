// JsonTree: JSON with the line of every value, so that what is wrong with a file can be named by FILE:LINE. Stricter than JSON:
// bounded depth and number of values, no key twice in an object (JsonGuard.h).
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

struct JsonEntry;

struct JsonNode {
  enum class Kind { Null, Bool, Integer, Real, Text, Array, Object };

  Kind kind = Kind::Null;
  int line = 0;
  int64_t integer = 0; ///< Integer; Bool as 0 and 1
  std::string text;    ///< Text; Integer and Real as the file writes them
  std::vector<JsonNode> items;
  std::vector<JsonEntry> entries; ///< in the file's order

  /// An object's value, or null.
  const JsonNode *find(std::string_view key) const;
  /// A text, or a number as it is written (labels are both); nothing for the rest.
  std::optional<std::string_view> scalar() const;
};

struct JsonEntry {
  std::string key;
  JsonNode value;
};

/// "an object", "a text", "the number 3": for messages.
std::string describe(const JsonNode &node);

/// Parses one document, which begins on `line` of `path`. BadInput with FILE:LINE; "cut short" where the text ends too early.
Result<JsonNode> parseJsonTree(std::string_view text, const std::string &path, int line = 1);

} // namespace clew

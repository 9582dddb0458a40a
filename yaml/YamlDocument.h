// A YAML file as a tree with positions, and the one home of yaml-cpp. It is stricter than YAML, because our files come
// from strangers: one document; no anchors, aliases or tags; no duplicate keys; UTF-8; bounded size and depth.
#pragma once

#include "runtime/base/Result.h"
#include "yaml/Diagnostics.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

struct YamlEntry;

/// One node. Maps keep the order of the file.
struct YamlNode {
  enum class Kind { Null, Scalar, Sequence, Map };

  Kind kind = Kind::Null;
  Spot at;
  std::string text;    ///< Scalar
  bool quoted = false; ///< Scalar: said in quotes, and so never a number
  std::vector<YamlNode> items;
  std::vector<YamlEntry> entries;

  /// The value of a map's key, or null.
  const YamlEntry *find(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  Spot at; ///< of the key
  YamlNode value;
};

/// "a map", "a list", "'text'", "nothing": what was found, for messages.
std::string describe(const YamlNode &node);

/// Reads a regular file of at most 1 MiB. NotFound, Io, or BadInput when it is larger or no regular file.
Result<std::string> readSmallFile(const std::string &path);

/// Parses one document. Nothing when the text is no YAML at all; what else is wrong goes to `diagnostics` too, so that a
/// tree may come with errors. Never fails in another way, whatever the bytes.
std::optional<YamlNode> parseYaml(std::string_view text, Diagnostics &diagnostics);

} // namespace clew

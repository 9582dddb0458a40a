// Typed access to a YAML tree: every reader of our files (models, heads, tasks, boards, recipes) asks for its keys through
// this, so that unknown keys, missing fields and wrong types sound the same everywhere.
#pragma once

#include "yaml/YamlDocument.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace clew {

/// What a scalar can be by itself.
using Literal = std::variant<int64_t, double, bool, std::string>;

/// The keys of one map. Ask for all keys that may stand there, then call finish(). `node` must outlive it.
class YamlFields {
public:
  /// `what` names the map in messages ("a model", "step 'q'"). When `node` is no map, that is an error and all is missing.
  YamlFields(const YamlNode &node, std::string what, Diagnostics &diagnostics);

  /// The key's entry, or null when it does not stand there.
  const YamlEntry *find(std::string_view key);
  /// The key's entry; when it does not stand there, an error "missing 'KEY' in WHAT" and null.
  const YamlEntry *need(std::string_view key);
  /// Every key that nobody asked for is an error with a suggestion.
  void finish();

private:
  const YamlNode &node;
  std::string what;
  Diagnostics &diagnostics;
  std::vector<std::string> known;
};

/// For maps whose keys are names of the file's own: an error when `node` is no map.
void expectMap(const YamlNode &node, const std::string &what, Diagnostics &diagnostics);

/// Each of these says what it expected and found when the node is of another type, and gives nothing.
/// `what` is the subject: "'width'", "the name of a step".
std::optional<std::string> textOf(const YamlNode &node, const std::string &what, Diagnostics &diagnostics);
std::optional<bool> boolOf(const YamlNode &node, const std::string &what, Diagnostics &diagnostics);
/// 64 bits, decimal; `least` and `most` are inclusive.
std::optional<int64_t> intOf(const YamlNode &node, const std::string &what, int64_t least, int64_t most,
                             Diagnostics &diagnostics);
/// Finite; whole numbers too.
std::optional<double> floatOf(const YamlNode &node, const std::string &what, double least, double most,
                              Diagnostics &diagnostics);
/// A list of texts.
std::vector<const YamlNode *> itemsOf(const YamlNode &node, const std::string &what, Diagnostics &diagnostics);

/// What a scalar says by itself: true and false are Bool, numbers Int or Float, all else and all in quotes is String.
/// NaN, infinities and numbers that do not fit are errors.
std::optional<Literal> literalOf(const YamlNode &node, const std::string &what, Diagnostics &diagnostics);

/// Letters, digits and _, not starting with a digit, at most 64 long.
bool isIdentifier(std::string_view text);

/// "an integer", "a number", "true or false", "a text".
std::string_view typeName(const Literal &value);

} // namespace clew

// CheckpointForm: one way in which a model's weights are published: how tensors are named beyond their own names, and what the
// file config.json beside them must say. A model's YAML states it, a Program carries it, and whoever loads weights obeys it; no
// model is known by name in code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace clew {

using ConfigValue = std::variant<int64_t, double, bool, std::string>;

/// What config.json must say under one key for the weights to mean what the model computes.
struct ConfigRule {
  enum class Kind : uint8_t {
    Is,    ///< the value is one of `accepted`
    Each,  ///< it is a list, and each of its values is
    Count, ///< it is a list or an object, and the number of its entries is
  };

  std::string key;
  Kind kind = Kind::Is;
  std::vector<ConfigValue> accepted; ///< at least one; texts are patterns (matchesPattern)
  /// What the key stands for where it is missing, as the library that wrote the file has it. Without: a missing key is right.
  std::optional<ConfigValue> otherwise = std::nullopt;
};

/// All keys of config.json, or of the file that stands for it, that are known; any other is worth a note.
struct ConfigForm {
  std::vector<ConfigRule> rules;   ///< a key may have several; all hold
  std::vector<std::string> absent; ///< must be missing, or say nothing: null, false, "", [] or {}
  std::vector<std::string> ignore; ///< patterns of keys that change no result of inference
  /// Names of the file, of which the first that is there is read; none: config.json.
  std::vector<std::string> files = {};
};

struct CheckpointForm {
  std::string format;              ///< "huggingface", "pytorch", ...
  std::string prefix;              ///< body tensors may be named with or without it, e.g. "bert."; may be empty
  std::vector<std::string> ignore; ///< patterns of tensors that published files hold and we do not need
  /// Endings of tensors' names, and those that older files have in their place: {"LayerNorm.weight", "LayerNorm.gamma"}.
  std::vector<std::pair<std::string, std::string>> endings;
  ConfigForm config;
};

std::string_view nameOf(ConfigRule::Kind kind);

/// Whether `name` is `pattern`, in which one * stands for any letters.
bool matchesPattern(std::string_view name, std::string_view pattern);

} // namespace clew

// Rules against a JSON object: all differences are collected before any is reported.
#include "runtime/weights/ConfigCheck.h"

#include "runtime/base/JsonTree.h"
#include "runtime/weights/Faults.h"
#include "runtime/weights/StoredType.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace clew {
namespace {

using Kind = ConfigRule::Kind;

constexpr const char *usualFile = "config.json";
constexpr size_t mostConfigBytes = size_t{16} << 20; ///< id2label may have many thousands of labels

struct Difference {
  int line = 0; ///< 0: the key is missing
  std::string text;
};

bool isNumber(const JsonNode &node, double wanted) {
  if (node.kind != JsonNode::Kind::Integer && node.kind != JsonNode::Kind::Real) {
    return false;
  }
  double value = 0;
  const char *end = node.text.data() + node.text.size();
  const auto [stop, code] = std::from_chars(node.text.data(), end, value);
  return stop == end && code == std::errc() && value == wanted;
}

/// Types count: a text is no number, and a number with a point is no integer.
bool isValue(const JsonNode &node, const ConfigValue &wanted) {
  if (const auto *whole = std::get_if<int64_t>(&wanted)) {
    return node.kind == JsonNode::Kind::Integer && node.integer == *whole;
  }
  if (const auto *number = std::get_if<double>(&wanted)) {
    return isNumber(node, *number);
  }
  if (const auto *flag = std::get_if<bool>(&wanted)) {
    return node.kind == JsonNode::Kind::Bool && (node.integer != 0) == *flag;
  }
  return node.kind == JsonNode::Kind::Text && matchesPattern(node.text, std::get<std::string>(wanted));
}

bool isAccepted(const JsonNode &node, const ConfigRule &rule) {
  return std::ranges::any_of(rule.accepted, [&](const ConfigValue &value) { return isValue(node, value); });
}

size_t entriesOf(const JsonNode &node) { return node.items.size() + node.entries.size(); }

bool holds(const JsonNode &node, const ConfigRule &rule) {
  switch (rule.kind) {
  case Kind::Is:
    return isAccepted(node, rule);
  case Kind::Each:
    return node.kind == JsonNode::Kind::Array &&
           std::ranges::all_of(node.items, [&](const JsonNode &item) { return isAccepted(item, rule); });
  case Kind::Count:
    return (node.kind == JsonNode::Kind::Array || node.kind == JsonNode::Kind::Object) &&
           std::ranges::any_of(rule.accepted, [&](const ConfigValue &value) {
             const auto *count = std::get_if<int64_t>(&value);
             return count && *count == static_cast<int64_t>(entriesOf(node));
           });
  }
  return false;
}

std::string shown(const ConfigValue &value) {
  if (const auto *text = std::get_if<std::string>(&value)) {
    return quoteName(*text);
  }
  return std::visit([](const auto &other) { return fmt::format("{}", other); }, value);
}

std::string expected(const ConfigRule &rule) {
  std::vector<std::string> values;
  std::ranges::transform(rule.accepted, std::back_inserter(values), shown);
  return fmt::format("{}{}{}", rule.kind == Kind::Each ? "a list of " : "", fmt::join(values, " or "),
                     rule.kind == Kind::Count ? " entries" : "");
}

std::string found(const JsonNode &node) {
  switch (node.kind) {
  case JsonNode::Kind::Text:
    return quoteName(node.text);
  case JsonNode::Kind::Integer:
  case JsonNode::Kind::Real:
    return node.text.substr(0, 40);
  case JsonNode::Kind::Array:
    return node.items.size() == 1 && node.items[0].kind == JsonNode::Kind::Text
               ? fmt::format("[{}]", quoteName(node.items[0].text))
               : fmt::format("a list of {} entries", node.items.size());
  case JsonNode::Kind::Object:
    return fmt::format("an object of {} entries", node.entries.size());
  case JsonNode::Kind::Null:
  case JsonNode::Kind::Bool:
    return describe(node);
  }
  return "";
}

/// Whether a value is as good as none. Where a missing key stands for something, null does not.
bool isMissing(const JsonNode &node, const ConfigRule &rule) {
  return (node.kind == JsonNode::Kind::Null && !rule.otherwise) ||
         (node.kind == JsonNode::Kind::Array && node.items.empty() && rule.kind == Kind::Each);
}

bool saysNothing(const JsonNode &node) {
  switch (node.kind) {
  case JsonNode::Kind::Null:
    return true;
  case JsonNode::Kind::Bool:
    return node.integer == 0;
  case JsonNode::Kind::Text:
    return node.text.empty();
  case JsonNode::Kind::Array:
  case JsonNode::Kind::Object:
    return entriesOf(node) == 0;
  case JsonNode::Kind::Integer:
  case JsonNode::Kind::Real:
    return false;
  }
  return false;
}

/// What a missing key stands for is compared like a value.
bool holdsWithout(const ConfigRule &rule) {
  return !rule.otherwise || std::ranges::any_of(rule.accepted, [&](const ConfigValue &value) {
    const auto *pattern = std::get_if<std::string>(&value);
    const auto *text = std::get_if<std::string>(&*rule.otherwise);
    return pattern && text ? matchesPattern(*text, *pattern) : value == *rule.otherwise;
  });
}

std::vector<Difference> differencesOf(const JsonNode &config, const ConfigForm &form) {
  std::vector<Difference> differences;
  for (const ConfigRule &rule : form.rules) {
    const JsonNode *node = config.find(rule.key);
    if (!node || isMissing(*node, rule)) {
      if (!holdsWithout(rule)) {
        differences.push_back({0, fmt::format("{}: expected {}, found none, which stands for {}", rule.key,
                                              expected(rule), shown(*rule.otherwise))});
      }
    } else if (!holds(*node, rule)) {
      differences.push_back(
          {node->line, fmt::format("{}: expected {}, found {}", rule.key, expected(rule), found(*node))});
    }
  }
  for (const std::string &key : form.absent) {
    if (const JsonNode *node = config.find(key); node && !saysNothing(*node)) {
      differences.push_back({node->line, fmt::format("{}: expected none, found {}", key, found(*node))});
    }
  }
  return differences;
}

bool isKnown(const std::string &key, const ConfigForm &form) {
  return std::ranges::find(form.rules, key, &ConfigRule::key) != form.rules.end() ||
         std::ranges::find(form.absent, key) != form.absent.end() ||
         std::ranges::any_of(form.ignore, [&](const std::string &pattern) { return matchesPattern(key, pattern); });
}

/// Of the names that the form has, the first that the folder has; else the usual one.
std::string fileOf(const CheckpointFolder &folder, const ConfigForm &form) {
  const auto found = std::ranges::find_if(form.files, [&](const std::string &name) { return folder.has(name); });
  return found != form.files.end() ? *found : usualFile;
}

} // namespace

Result<std::vector<std::string>> checkConfig(const CheckpointFolder &folder, const ConfigForm &form,
                                             const std::string &model) {
  const std::string file = fileOf(folder, form);
  const Result<std::optional<std::string>> text = folder.readText(file, mostConfigBytes);
  if (!text) {
    return fail(text);
  }
  if (!*text) {
    return std::vector<std::string>();
  }
  const std::string path = folder.pathOf(file);
  const Result<JsonNode> config = parseJsonTree(**text, path);
  if (!config) {
    return fail(config);
  }
  if (config->kind != JsonNode::Kind::Object) {
    return fail(ErrorKind::BadInput, "expected a JSON object, found " + describe(*config), path);
  }
  const std::vector<Difference> differences = differencesOf(*config, form);
  if (!differences.empty()) {
    std::vector<std::string_view> texts;
    std::ranges::transform(differences, std::back_inserter(texts), &Difference::text);
    const bool one = differences.size() == 1 && differences[0].line > 0;
    return fail(ErrorKind::BadInput, fmt::format("expected what {} computes; {}", model, fmt::join(texts, "; ")),
                one ? fmt::format("{}:{}", path, differences[0].line) : path);
  }
  Faults unknown{"keys that are not known and not obeyed"};
  for (const JsonEntry &entry : config->entries) {
    if (!isKnown(entry.key, form)) {
      unknown.items.push_back(fmt::format("{} ({})", quoteName(entry.key), found(entry.value)));
    }
  }
  const std::string note = messageOf({&unknown});
  return note.empty() ? std::vector<std::string>() : std::vector{fmt::format("{}: {}", path, note)};
}

} // namespace clew

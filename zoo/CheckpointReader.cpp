// The map `checkpoint:`: how published files name the parameters.
#include "yaml/YamlFields.h"
#include "zoo/SyntaxReader.h"

#include <algorithm>

namespace clew {
namespace {

constexpr size_t mostSummed = 8; // tensors that make one parameter, and endings
constexpr size_t mostFormats = 8;
constexpr size_t mostPatterns = 256;

/// Patterns and tensor names: printable, no spaces.
std::optional<Named> readTensorName(const YamlNode &node, const std::string &what, Diagnostics &diagnostics) {
  const auto text = textOf(node, what, diagnostics);
  if (!text) {
    return std::nullopt;
  }
  if (text->size() > 256 || text->find_first_of(" \t\r\n") != std::string::npos) {
    diagnostics.error(node.at, "expected a name without spaces for " + what + ", found " + describe(node));
    return std::nullopt;
  }
  return Named{*text, node.at};
}

std::vector<TensorNameSyntax> readTensorNames(const YamlNode &node, Diagnostics &diagnostics) {
  std::vector<TensorNameSyntax> names;
  expectMap(node, "'names'", diagnostics);
  for (const YamlEntry &entry : node.entries) {
    TensorNameSyntax name{{entry.key, entry.at}, {}};
    const std::string what = "'" + entry.key + "'";
    if (entry.value.kind == YamlNode::Kind::Sequence) {
      if (entry.value.items.empty()) {
        diagnostics.error(entry.value.at, "expected at least one tensor for " + what);
      }
      if (entry.value.items.size() > mostSummed) {
        diagnostics.error(entry.value.at, "more than " + std::to_string(mostSummed) + " tensors for " + what);
        return names;
      }
      for (const YamlNode &item : entry.value.items) {
        if (auto tensor = readTensorName(item, what, diagnostics)) {
          name.tensors.push_back(std::move(*tensor));
        }
      }
    } else if (auto tensor = readTensorName(entry.value, what, diagnostics)) {
      name.tensors.push_back(std::move(*tensor));
    }
    names.push_back(std::move(name));
  }
  return names;
}

std::vector<std::string> readPatterns(const YamlNode &node, const std::string &what, Diagnostics &diagnostics) {
  std::vector<std::string> patterns;
  for (const YamlNode *item : itemsOf(node, what, diagnostics)) {
    if (patterns.size() == mostPatterns) {
      diagnostics.error(item->at, "more than " + std::to_string(mostPatterns) + " names in " + what);
      break;
    }
    const auto pattern = readTensorName(*item, what, diagnostics);
    if (pattern && std::ranges::count(pattern->name, '*') > 1) {
      diagnostics.error(item->at, "expected at most one * in a name of " + what + ", found " + describe(*item));
    }
    patterns.push_back(pattern ? pattern->name : "");
  }
  return patterns;
}

std::vector<std::pair<std::string, std::string>> readEndings(const YamlNode &node, Diagnostics &diagnostics) {
  std::vector<std::pair<std::string, std::string>> endings;
  expectMap(node, "'endings'", diagnostics);
  if (node.entries.size() > mostSummed) {
    diagnostics.error(node.at, "more than " + std::to_string(mostSummed) + " endings");
    return endings;
  }
  for (const YamlEntry &entry : node.entries) {
    if (const auto older = readTensorName(entry.value, "'" + entry.key + "'", diagnostics)) {
      endings.emplace_back(entry.key, older->name);
    }
  }
  return endings;
}

} // namespace

std::vector<CheckpointSyntax> readCheckpoints(const YamlNode &node, const ModelSyntax &syntax,
                                              Diagnostics &diagnostics) {
  std::vector<CheckpointSyntax> checkpoints;
  expectMap(node, "'checkpoint'", diagnostics);
  if (node.entries.size() > mostFormats) {
    diagnostics.error(node.at, "more than " + std::to_string(mostFormats) + " formats");
    return checkpoints;
  }
  for (const YamlEntry &entry : node.entries) {
    CheckpointSyntax checkpoint{entry.at, {}, {}, {}};
    CheckpointForm &form = checkpoint.form;
    form.format = entry.key;
    YamlFields fields(entry.value, "checkpoint '" + entry.key + "'", diagnostics);
    if (const YamlEntry *prefix = fields.find("prefix")) {
      form.prefix = textOf(prefix->value, "'prefix'", diagnostics).value_or("");
    }
    if (const YamlEntry *names = fields.need("names")) {
      checkpoint.names = readTensorNames(names->value, diagnostics);
    }
    if (const YamlEntry *endings = fields.find("endings")) {
      form.endings = readEndings(endings->value, diagnostics);
    }
    if (const YamlEntry *config = fields.find("config")) {
      checkpoint.rules = readConfigRules(config->value, syntax, diagnostics);
    }
    const std::pair<std::string, std::vector<std::string> *> lists[] = {
        {"ignore", &form.ignore}, {"config_absent", &form.config.absent}, {"config_ignore", &form.config.ignore}};
    for (const auto &[key, list] : lists) {
      if (const YamlEntry *given = fields.find(key)) {
        *list = readPatterns(given->value, "'" + key + "'", diagnostics);
      }
    }
    fields.finish();
    checkpoints.push_back(std::move(checkpoint));
  }
  return checkpoints;
}

} // namespace clew

// The map `checkpoint:`: how published files name the parameters.
#include "yaml/YamlFields.h"
#include "zoo/SyntaxReader.h"

namespace clew {
namespace {

constexpr size_t mostSummed = 8; // tensors that make one parameter

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

} // namespace

std::vector<CheckpointSyntax> readCheckpoints(const YamlNode &node, Diagnostics &diagnostics) {
  std::vector<CheckpointSyntax> checkpoints;
  expectMap(node, "'checkpoint'", diagnostics);
  for (const YamlEntry &entry : node.entries) {
    CheckpointSyntax checkpoint{{entry.key, entry.at}, "", {}, {}};
    YamlFields fields(entry.value, "checkpoint '" + entry.key + "'", diagnostics);
    if (const YamlEntry *prefix = fields.find("prefix")) {
      checkpoint.prefix = textOf(prefix->value, "'prefix'", diagnostics).value_or("");
    }
    if (const YamlEntry *names = fields.need("names")) {
      checkpoint.names = readTensorNames(names->value, diagnostics);
    }
    if (const YamlEntry *ignore = fields.find("ignore")) {
      for (const YamlNode *item : itemsOf(ignore->value, "'ignore'", diagnostics)) {
        if (auto name = readTensorName(*item, "'ignore'", diagnostics)) {
          checkpoint.ignore.push_back(name->name);
        }
      }
    }
    fields.finish();
    checkpoints.push_back(std::move(checkpoint));
  }
  return checkpoints;
}

} // namespace clew

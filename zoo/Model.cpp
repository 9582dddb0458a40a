// Where a model's parts were said, printed; and which parameters its nodes make.
#include "zoo/Model.h"

#include "zoo/OpTable.h"
#include "zoo/Parameters.h"

#include <algorithm>
#include <unordered_set>

namespace clew {

std::span<const ModelInput> standardInputs() {
  static const std::vector<ModelInput> inputs = {
      {"ids", "tokens"}, {"segments", "tokens", "", true}, {"offsets", "tokens", "batch"}};
  return inputs;
}

bool isStandard(const ModelInput &input) {
  return std::ranges::find(standardInputs(), input) != standardInputs().end();
}

std::string Position::render() const { return file + ":" + std::to_string(line) + ":" + std::to_string(column); }

std::vector<std::string_view> parametersOf(const Node &node) {
  std::vector<std::string_view> suffixes;
  const OpEntry *entry = findOp(node.op);
  if (!entry) {
    return suffixes;
  }
  for (std::string_view suffix : entry->parameters) {
    bool absent = false;
    for (const auto &[name, value] : node.attributes) {
      const bool *flag = std::get_if<bool>(&value);
      absent |= name == suffix && flag && !*flag;
    }
    if (!absent) {
      suffixes.push_back(suffix);
    }
  }
  for (const OpAttribute &declared : entry->attributes) {
    const auto given = std::ranges::find(node.attributes, declared.name, &std::pair<std::string, Attribute>::first);
    if (given != node.attributes.end() && given->second != Attribute(false) && given->second != Attribute(int64_t{0})) {
      suffixes.insert(suffixes.end(), declared.brings.begin(), declared.brings.end());
    }
  }
  return suffixes;
}

const std::string &pathOf(const Node &node, std::string_view suffix) {
  const bool shares = std::ranges::find(node.shared, suffix) != node.shared.end();
  return shares ? node.weights : node.name;
}

std::vector<ParameterName> parameterNames(const Model &model) {
  std::vector<ParameterName> names;
  std::unordered_set<std::string> seen;
  for (const Node &node : model.nodes) {
    for (std::string_view suffix : parametersOf(node)) {
      if (node.ofBody && std::ranges::find(node.shared, suffix) != node.shared.end()) {
        continue; // the body has it
      }
      ParameterName name{pathOf(node, suffix), std::string(suffix), node.op};
      if (seen.insert(name.full()).second) {
        names.push_back(std::move(name));
      }
    }
  }
  return names;
}

} // namespace clew

// Where a model's parts were said, printed; and which parameters its nodes make.
#include "zoo/Model.h"

#include "zoo/OpTable.h"
#include "zoo/Parameters.h"

#include <algorithm>
#include <unordered_set>

namespace clew {

ModelInput standardInput(const std::string &name) {
  return {name, "tokens", name == "offsets" ? "batch" : "", name == "segments"};
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
      ParameterName name{pathOf(node, suffix), std::string(suffix), node.op};
      if (seen.insert(name.full()).second) {
        names.push_back(std::move(name));
      }
    }
  }
  return names;
}

} // namespace clew

// Which parameters a model's nodes make, by name. Their shapes follow from the graph and are the compiler's to know.
#pragma once

#include "zoo/Model.h"

#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// A parameter's name in two parts, "layer.0.self_attention.query" and "weight", and the op that makes it.
struct ParameterName {
  std::string path;
  std::string suffix;
  std::string op;

  std::string full() const { return path + "." + suffix; }
};

/// Suffixes of the parameters that this node makes; empty for an op that makes none or is not in the table.
std::vector<std::string_view> parametersOf(const Node &node);

/// The path that the node's parameter of this suffix hangs under: its own, or that of the node whose parameters it shares.
const std::string &pathOf(const Node &node, std::string_view suffix);

/// All parameters of a model in the order of their first node, shared ones once.
std::vector<ParameterName> parameterNames(const Model &model);

} // namespace clew

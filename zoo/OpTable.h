// The ops that a model YAML may use: names of operands and attributes in order. The dialect nn (compiler/nn) gives them meaning; a test
// holds both against each other. Adding an op: one row here, one definition in NNOps.td.
#pragma once

#include <span>
#include <string_view>

namespace clew {

enum class AttributeType { Int, Float, Bool, String };

struct OpAttribute {
  std::string_view name;
  AttributeType type;
  bool required = true;
};

struct OpEntry {
  std::string_view name;
  std::span<const std::string_view> operands;   ///< YAML keys of the operands; all required
  std::span<const OpAttribute> attributes;      ///< YAML keys of the attributes
  std::span<const std::string_view> parameters; ///< suffixes of the parameters it makes: "weight", "bias"
};

std::span<const OpEntry> opTable();
const OpEntry *findOp(std::string_view name);

} // namespace clew

// The ops that a model YAML may use: names of operands and attributes in order. The dialect nn (compiler/nn) gives them
// meaning; a test holds both against each other. Adding an op: one row here, one definition in NNOps.td; an activation has its row in
// runtime/ref/Activations.h.
#pragma once

#include <span>
#include <string_view>

namespace clew {

enum class AttributeType { Int, Float, Bool, String };

struct OpAttribute {
  std::string_view name;
  AttributeType type;
  bool required = true;
  double least = 0;                             ///< numbers only, inclusive
  double most = 0;                              ///< numbers only, inclusive
  std::span<const std::string_view> texts = {}; ///< texts only: those that it may be
  /// Suffixes of the parameters that the op has only where this is given, and neither false nor 0.
  std::span<const std::string_view> brings = {};
};

struct OpEntry {
  std::string_view name;
  std::span<const std::string_view> operands; ///< YAML keys of the operands
  std::span<const OpAttribute> attributes;    ///< YAML keys of the attributes
  /// Suffixes of the parameters it makes: "weight", "bias". A Bool attribute with a parameter's name takes that parameter
  /// away when it is false (linear's `bias: false`); zoo/Parameters.h applies that rule.
  std::span<const std::string_view> parameters;
  size_t optional = 0; ///< that many of the last operands may be left out
  bool isLoss = false; ///< it gives one number, for recipes to make small
};

/// All ops, activations last. Static storage.
std::span<const OpEntry> opTable();

/// The op's row, or null.
const OpEntry *findOp(std::string_view name);

} // namespace clew

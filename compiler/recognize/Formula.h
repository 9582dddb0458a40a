// Formula: a function of one number that a graph writes as several ops: GELU is five nodes, and each exporter has its own. It is known by its
// values, not by the way that it is written: what agrees with an activation of nn everywhere is that activation.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clew::compiler {

struct Formula;
using FormulaPtr = std::shared_ptr<const Formula>; ///< null: x itself

struct Formula {
  std::string op; ///< ONNX's, or "": `number`
  double number = 0;
  std::vector<FormulaPtr> arguments; ///< null: x
  size_t parts = 1;
};

/// More than any activation has.
inline constexpr size_t mostFormulaParts = 64;

FormulaPtr formulaNumber(double number);
/// Null `result` for an op that formulas do not have.
std::optional<FormulaPtr> formulaOf(std::string_view op, std::vector<FormulaPtr> arguments);

/// f(x) in f64.
double valueOf(const FormulaPtr &formula, double x);

/// What a formula comes to.
struct Activation {
  std::string_view op; ///< of nn: "gelu"; "scale": `factor` times x; "": x itself
  double factor = 1;
};

/// The activation that the formula agrees with at several hundred places from -14 to 14 and at some far out, to 2e-6 of 1 + |x|.
std::optional<Activation> activationOf(const FormulaPtr &formula);

} // namespace clew::compiler

// See Formula.h. The activations' values are those of runtime/ref/Activations.h, which defines them.
#include "compiler/recognize/Formula.h"

#include "llvm/ADT/StringMap.h"

#include <array>
#include <cmath>
#include <numbers>

namespace clew::compiler {
namespace {

using Unary = double (*)(double);
using Binary = double (*)(double, double);

double gelu(double x) { return x / 2 * (1 + std::erf(x / std::numbers::sqrt2)); }
double geluTanh(double x) {
  return x / 2 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double relu(double x) { return std::max(x, 0.0); }

Unary unaryNamed(std::string_view op) {
  static const llvm::StringMap<Unary> ops{{"Erf", [](double x) { return std::erf(x); }},
                                          {"Tanh", [](double x) { return std::tanh(x); }},
                                          {"Exp", [](double x) { return std::exp(x); }},
                                          {"Neg", [](double x) { return -x; }},
                                          {"Reciprocal", [](double x) { return 1 / x; }},
                                          {"Relu", relu},
                                          {"Sigmoid", sigmoid},
                                          {"gelu", gelu},
                                          {"gelu_tanh", geluTanh}};
  return ops.lookup(op);
}

Binary binaryNamed(std::string_view op) {
  static const llvm::StringMap<Binary> ops{{"Add", [](double x, double y) { return x + y; }},
                                           {"Sub", [](double x, double y) { return x - y; }},
                                           {"Mul", [](double x, double y) { return x * y; }},
                                           {"Div", [](double x, double y) { return x / y; }},
                                           {"Pow", [](double x, double y) { return std::pow(x, y); }},
                                           {"Max", [](double x, double y) { return std::max(x, y); }}};
  return ops.lookup(op);
}

constexpr std::array<double, 10> farOut{-1e9, -1e5, -1000, -100, -30, 30, 100, 1000, 1e5, 1e9};

bool agrees(const FormulaPtr &formula, const std::function<double(double)> &with) {
  const auto near = [&](double x) {
    return std::abs(valueOf(formula, x) - with(x)) <= 2e-6 * (1 + std::abs(x)); // not where one is NaN
  };
  for (int step = -14 * 32; step <= 14 * 32; ++step) {
    if (!near(step / 32.0 + 0.003)) { // 0.003: beside the places where ratios are 0/0
      return false;
    }
  }
  return std::ranges::all_of(farOut, near);
}

} // namespace

FormulaPtr formulaNumber(double number) {
  return std::make_shared<const Formula>(Formula{.op = "", .number = number, .arguments = {}});
}

std::optional<FormulaPtr> formulaOf(std::string_view op, std::vector<FormulaPtr> arguments) {
  const bool known = (arguments.size() == 1 && unaryNamed(op)) || (arguments.size() == 2 && binaryNamed(op));
  size_t parts = 1;
  for (const FormulaPtr &argument : arguments) {
    parts += argument ? argument->parts : 1;
  }
  if (!known || parts > mostFormulaParts) {
    return std::nullopt;
  }
  return std::make_shared<const Formula>(Formula{std::string(op), 0, std::move(arguments), parts});
}

double valueOf(const FormulaPtr &formula, double x) {
  if (!formula) {
    return x;
  }
  if (formula->op.empty()) {
    return formula->number;
  }
  const double first = valueOf(formula->arguments[0], x);
  return formula->arguments.size() == 1 ? unaryNamed(formula->op)(first)
                                        : binaryNamed(formula->op)(first, valueOf(formula->arguments[1], x));
}

std::optional<Activation> activationOf(const FormulaPtr &formula) {
  if (!formula) {
    return Activation{""};
  }
  static constexpr std::pair<std::string_view, Unary> known[] = {
      {"gelu", gelu}, {"gelu_tanh", geluTanh}, {"tanh", [](double x) { return std::tanh(x); }},
      {"relu", relu}, {"sigmoid", sigmoid},    {"silu", [](double x) { return x * sigmoid(x); }}};
  for (const auto &[name, function] : known) {
    if (agrees(formula, function)) {
      return Activation{name};
    }
  }
  const double factor = valueOf(formula, 1);
  if (std::isfinite(factor) && agrees(formula, [&](double x) { return factor * x; })) {
    return Activation{factor == 1 ? "" : "scale", factor};
  }
  return std::nullopt;
}

} // namespace clew::compiler

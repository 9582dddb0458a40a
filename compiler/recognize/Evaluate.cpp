// Evaluating terms (Term.h). Comparisons are decided by the bounds of what stands on their two sides less each other: that of a place and a
// row's length, of two places, of a place and the number of them.
#include "compiler/recognize/Term.h"

#include <cmath>
#include <limits>

namespace clew::compiler {
namespace {

constexpr double far = std::numeric_limits<double>::infinity();

using Kind = Affine::Kind;
using Bounds = std::pair<double, double>;

Affine number(double value) { return {{}, value}; }

Affine sum(const Affine &a, const Affine &b, double factor) {
  Affine result = a;
  result.number += factor * b.number;
  for (const auto &[variable, by] : b.terms) {
    double &known = result.terms[variable];
    known += factor * by;
    if (known == 0) {
      result.terms.erase(variable);
    }
  }
  return result;
}

class Evaluation {
public:
  explicit Evaluation(const World &world) : world(world) {}

  std::optional<Affine> of(const Term &term) const {
    switch (term.kind) {
    case Term::Kind::Number:
      return number(term.number);
    case Term::Kind::Index:
      return Affine{{{{Kind::Index, term.id}, 1}}, 0};
    case Term::Kind::Extent:
      return extent(term.size);
    case Term::Kind::Input:
      return input(term);
    case Term::Kind::Length:
      return isRow(*term.arguments[0]) ? variable(Kind::Length, 0) : std::nullopt;
    case Term::Kind::AtTokens: {
      const auto place = world.real.find(term.id);
      return place != world.real.end() && place->second ? of(*term.arguments[0]) : std::nullopt;
    }
    case Term::Kind::Apply:
      return apply(term);
    }
    return std::nullopt;
  }

private:
  static std::optional<Affine> variable(Kind kind, int id) { return Affine{{{{kind, id}, 1}}, 0}; }

  static std::optional<Affine> extent(const Size &size) {
    if (size == Size::batch()) {
      return variable(Kind::Batch, 0);
    }
    if (size == Size::tokens()) {
      return variable(Kind::Tokens, 0);
    }
    const std::optional<int64_t> known = size.number();
    return known ? std::optional(number(static_cast<double>(*known))) : std::nullopt;
  }

  /// Whether a term is the sequence that is looked at.
  bool isRow(const Term &term) const {
    const std::optional<Affine> row = of(term);
    return row && world.batch && row->number == 0 && row->isPlus(Kind::Index, *world.batch);
  }

  std::optional<Affine> input(const Term &term) const {
    const std::optional<Affine> place = of(*term.arguments[1]);
    if (!isRow(*term.arguments[0]) || !place || place->terms.size() != 1 || place->number != 0) {
      return std::nullopt;
    }
    const auto &[variable, factor] = *place->terms.begin();
    const auto known = world.real.find(variable.second);
    if (variable.first != Kind::Index || factor != 1 || known == world.real.end()) {
      return std::nullopt;
    }
    if (term.id == world.mask) {
      return number(known->second ? 1 : 0);
    }
    return known->second ? Affine{{{{Kind::Input, term.id}, 1}}, 0} : std::optional<Affine>();
  }

  /// What `x` is at least and at most; unbounded where nothing is known.
  Bounds boundsOf(const Affine &x) const {
    if (x.isNumber()) {
      return {x.number, x.number};
    }
    for (const double sign : {1.0, -1.0}) {
      if (const std::optional<Bounds> known = boundsOfVariables(x, sign)) {
        return sign > 0 ? Bounds{known->first + x.number, known->second + x.number}
                        : Bounds{-known->second + x.number, -known->first + x.number};
      }
    }
    return {-far, far};
  }

  /// Bounds of `sign` times the part of `x` that is no number.
  std::optional<Bounds> boundsOfVariables(const Affine &x, double sign) const {
    std::optional<std::pair<Kind, int>> plus;
    std::optional<std::pair<Kind, int>> minus;
    for (const auto &[variable, factor] : x.terms) {
      auto &side = factor * sign > 0 ? plus : minus;
      if (std::abs(factor) != 1 || side) {
        return std::nullopt;
      }
      side = variable;
    }
    if (!plus) {
      return std::nullopt;
    }
    if (!minus) {
      return plus->first == Kind::Input ? std::optional<Bounds>() : Bounds{plus->first == Kind::Index ? 0 : 1, far};
    }
    if (plus->first == Kind::Index && minus->first == Kind::Index) {
      return between(plus->second, minus->second);
    }
    const auto place = world.real.find(plus->second);
    const bool isPlace = plus->first == Kind::Index && place != world.real.end();
    if (isPlace && minus->first == Kind::Length) {
      return place->second ? Bounds{-far, -1} : Bounds{0, far};
    }
    if (isPlace && minus->first == Kind::Tokens) {
      return Bounds{-far, -1};
    }
    return plus->first == Kind::Length && minus->first == Kind::Tokens ? std::optional(Bounds{-far, 0}) : std::nullopt;
  }

  /// Of one place less another.
  std::optional<Bounds> between(int plus, int minus) const {
    const bool turned = plus == world.second && minus == world.first;
    if (!turned && (plus != world.first || minus != world.second)) {
      return std::nullopt;
    }
    const int order = turned ? -world.order : world.order;
    return order < 0 ? Bounds{-far, -1} : order > 0 ? Bounds{1, far} : Bounds{0, 0};
  }

  /// Whether a - b is 0: yes, no, or not known.
  std::optional<bool> isZero(const Affine &difference) const {
    const auto [least, most] = boundsOf(difference);
    if (least > 0 || most < 0 || (least == 0 && most == 0)) {
      return least == 0 && most == 0;
    }
    if (world.never && difference.terms.size() == 1) { // an id that tokens do not have: a run looks whether that is so
      const auto &[variable, factor] = *difference.terms.begin();
      const double value = -difference.number / factor;
      if (variable.first == Kind::Input && std::abs(factor) == 1 && value == std::trunc(value) &&
          std::abs(value) < 1e9) {
        world.never->emplace(variable.second, static_cast<int64_t>(value));
        return false;
      }
    }
    return std::nullopt;
  }

  std::optional<Affine> compare(const std::string &op, const Affine &a, const Affine &b) const {
    const Affine difference = sum(a, b, -1);
    const auto [least, most] = boundsOf(difference);
    const auto decided = [](bool yes, bool no) {
      return yes ? std::optional(number(1)) : no ? std::optional(number(0)) : std::nullopt;
    };
    if (op == "Equal") {
      const std::optional<bool> zero = isZero(difference);
      return zero ? std::optional(number(*zero ? 1 : 0)) : std::nullopt;
    }
    if (op == "Less") {
      return decided(most < 0, least >= 0);
    }
    if (op == "LessOrEqual") {
      return decided(most <= 0, least > 0);
    }
    if (op == "Greater") {
      return decided(least > 0, most <= 0);
    }
    return op == "GreaterOrEqual" ? decided(least >= 0, most < 0) : std::nullopt;
  }

  std::optional<Affine> apply(const Term &term) const {
    std::vector<Affine> x;
    for (const TermPtr &argument : term.arguments) {
      if (std::optional<Affine> value = of(*argument)) {
        x.push_back(std::move(*value));
      } else if (term.op != "Where" || &argument == term.arguments.data()) {
        return shortcut(term);
      } else {
        x.push_back(number(std::nan(""))); // only the chosen side must be known
      }
    }
    const std::string &op = term.op;
    if (op == "Where") {
      if (!x[0].isNumber()) {
        return std::nullopt;
      }
      const Affine &chosen = x[0].number != 0 ? x[1] : x[2];
      return chosen.isNumber() && std::isnan(chosen.number) ? std::nullopt : std::optional(chosen);
    }
    return x.size() == 1 ? unary(term, x[0]) : binary(term, x[0], x[1]);
  }

  /// One side of And and Or may decide.
  std::optional<Affine> shortcut(const Term &term) const {
    if (term.op != "And" && term.op != "Or") {
      return std::nullopt;
    }
    const double decides = term.op == "And" ? 0 : 1;
    for (const TermPtr &argument : term.arguments) {
      const std::optional<Affine> value = of(*argument);
      if (value && value->isNumber() && value->number == decides) {
        return value;
      }
    }
    return std::nullopt;
  }

  std::optional<Affine> unary(const Term &term, const Affine &x) const {
    if (term.op == "Neg") {
      return sum(number(0), x, -1);
    }
    if (term.op == "Cast") {
      return cast(term.type, x);
    }
    if (!x.isNumber()) {
      return std::nullopt;
    }
    return term.op == "Not"   ? std::optional(number(x.number == 0 ? 1 : 0))
           : term.op == "Abs" ? std::optional(number(std::abs(x.number)))
                              : std::nullopt;
  }

  std::optional<Affine> cast(onnx::DataType type, const Affine &x) const {
    if (type == onnx::DataType::Bool) {
      const std::optional<bool> zero = isZero(x);
      return zero ? std::optional(number(*zero ? 0 : 1)) : std::nullopt;
    }
    const bool whole = type == onnx::DataType::Int64 || type == onnx::DataType::Int32;
    if (!whole || !x.isNumber()) { // what is no number is a place, an id or a length: whole already
      return x;
    }
    return std::abs(x.number) < 1e9 ? std::optional(number(std::trunc(x.number))) : std::nullopt;
  }

  std::optional<Affine> binary(const Term &term, const Affine &a, const Affine &b) const {
    const std::string &op = term.op;
    if (op == "Add" || op == "Sub") {
      return sum(a, b, op == "Add" ? 1 : -1);
    }
    if (op == "Mul" && (a.isNumber() || b.isNumber())) {
      const Affine &x = a.isNumber() ? b : a;
      const double factor = a.isNumber() ? a.number : b.number;
      return factor == 0 && !x.isNumber() ? number(0) : sum(number(0), x, factor);
    }
    if (op == "Max" || op == "Min") {
      const auto [least, most] = boundsOf(sum(a, b, -1));
      const bool first = op == "Max" ? least >= 0 : most <= 0;
      const bool second = op == "Max" ? most <= 0 : least >= 0;
      return first ? std::optional(a) : second ? std::optional(b) : std::nullopt;
    }
    if (op == "And" || op == "Or" || op == "Xor") {
      if (!a.isNumber() || !b.isNumber()) {
        return std::nullopt;
      }
      const bool x = a.number != 0;
      const bool y = b.number != 0;
      return number((op == "And" ? x && y : op == "Or" ? x || y : x != y) ? 1 : 0);
    }
    if (op == "Div") {
      const bool floats = term.type == onnx::DataType::Float;
      return floats && b.isNumber() && b.number != 0 ? std::optional(sum(number(0), a, 1 / b.number)) : std::nullopt;
    }
    return compare(op, a, b);
  }

  const World &world;
};

} // namespace

std::optional<Affine> evaluate(const Term &term, const World &world) { return Evaluation(world).of(term); }

} // namespace clew::compiler

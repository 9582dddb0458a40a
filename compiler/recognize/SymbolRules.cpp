// Rules for masks and positions: ops on symbols are terms. What a mask or a position comes to is asked by whoever reads it.
#include "compiler/recognize/Reading.h"

namespace clew::compiler {
namespace {

using onnx::DataType;

/// Booleans come of comparisons; else the type of the first that is no condition.
DataType resultOf(const std::string &op, const std::vector<Symbol> &x) {
  const bool compares = op == "Equal" || op == "Less" || op == "LessOrEqual" || op == "Greater" ||
                        op == "GreaterOrEqual" || op == "Not" || op == "And" || op == "Or" || op == "Xor";
  return compares ? DataType::Bool : x[op == "Where" ? 1 : 0].type;
}

bool giveSymbol(NodeReading &node, Symbol symbol) {
  if (symbol.term->parts > mostTermParts) {
    return false;
  }
  node.give(std::move(symbol));
  return true;
}

void elementwise(NodeReading &node) {
  if (!applyNumbers(node) && !applySymbols(node)) {
    node.decline("it is no mask, position or shape that is known");
  }
}

void where(NodeReading &node) {
  if (applyNumbers(node) || applyScores(node)) {
    return;
  }
  const std::optional<Symbol> condition = node.symbol(0);
  if (const auto *nan = node.as<IsNan>(0)) { // weights of tokens are none
    const std::optional<double> other = node.number(1);
    if (node.as<Scores>(2) && node.has(2) && node.node.inputs[2] == nan->of && other) {
      return node.give(*node.as<Scores>(2));
    }
    return node.decline("it chooses by what is NaN");
  }
  for (const bool first : {true, false}) {
    const auto *rows = node.as<Rows>(first ? 1 : 2);
    const std::optional<double> other = node.number(first ? 2 : 1);
    if (!condition || !rows) {
      continue;
    }
    const std::optional<double> token = atPlaces(node, *condition, rows->axes, true);
    if (!token || (*token != 0) != first || !fitsInside(node.sizes(first ? 2 : 1), sizesOf(rows->axes))) {
      return node.decline("whether it takes tokens is not known");
    }
    Rows chosen = *rows;
    const std::optional<double> padding = atPlaces(node, *condition, rows->axes, false);
    chosen.padding = padding && (*padding != 0) != first ? other : std::nullopt;
    return node.give(chosen);
  }
  if (!applySymbols(node)) {
    node.decline("it chooses between what is not known");
  }
}

void cast(NodeReading &node) {
  const auto to = static_cast<DataType>(node.attribute("to", int64_t{0}));
  const auto *constant = node.as<Constant>(0);
  if (constant && constant->tensor->type == to) {
    return node.give(*constant);
  }
  const bool floats = node.as<Rows>(0) || node.as<Scores>(0) || node.as<Weight>(0) || node.as<Norm>(0);
  if (floats && to == DataType::Float) {
    return node.give(node.in(0));
  }
  const bool known = to == DataType::Float || to == DataType::Int64 || to == DataType::Int32 || to == DataType::Bool;
  if (!known) {
    return node.decline("it makes another type than float, int32, int64 and bool");
  }
  if (applyNumbers(node)) {
    return;
  }
  std::optional<Symbol> symbol = node.symbol(0);
  if (!symbol) {
    return node.decline("what it reads is not known");
  }
  symbol->term = applyTerm("Cast", to, {symbol->term});
  symbol->type = to;
  if (!giveSymbol(node, *symbol)) {
    node.decline("the expression is too long");
  }
}

void clip(NodeReading &node) {
  std::optional<Symbol> symbol = node.symbol(0);
  if (!symbol) {
    return node.decline("what it bounds is not known");
  }
  for (const auto &[index, op] : {std::pair(size_t{1}, "Max"), {size_t{2}, "Min"}}) {
    std::optional<double> bound = node.number(index);
    const char *name = index == 1 ? "min" : "max";
    if (node.hasAttribute(name)) {
      bound = node.attribute(name, 0.0);
    }
    if (node.has(index) && !bound) {
      return node.decline("its bounds are not known");
    }
    if (bound) {
      symbol->term = applyTerm(op, symbol->type, {symbol->term, numberTerm(*bound)});
    }
  }
  node.give(*symbol);
}

/// Of ones at tokens: the place, counted from 1.
void cumSum(NodeReading &node) {
  const std::optional<Symbol> symbol = node.symbol(0);
  const std::optional<double> given = node.number(1);
  const int64_t axis = symbol && given ? node.axis(static_cast<int64_t>(*given), symbol->axes.size()) : -1;
  const bool plain = node.attribute("reverse", int64_t{0}) == 0 && node.attribute("exclusive", int64_t{0}) == 0;
  if (axis != 1 || symbol->axes.size() != 2 || !plain || symbol->axes[0].size() > 1 || symbol->axes[1].size() != 1 ||
      !(symbol->axes[1][0].size == Size::tokens())) {
    return node.decline("it does not count the places of a sequence");
  }
  const int place = symbol->axes[1][0].id;
  World world = node.graph.worldAt(std::nullopt, place);
  if (!symbol->axes[0].empty()) {
    world.batch = symbol->axes[0][0].id;
  }
  const std::optional<Affine> one = evaluate(*symbol->term, world);
  if (!one || !one->isNumber()) {
    return node.decline("what it adds up at tokens is not known");
  }
  Symbol sum = *symbol;
  const TermPtr count = applyTerm("Add", DataType::Int64, {indexTerm(place), numberTerm(1)});
  sum.term = atTokensTerm(applyTerm("Mul", sum.type, {count, numberTerm(one->number)}), place);
  node.give(sum);
}

void isNan(NodeReading &node) {
  const auto *scores = node.as<Scores>(0);
  if (!scores || !scores->weights) {
    return node.decline("it asks what is NaN of something else than weights");
  }
  node.give(IsNan{node.node.inputs[0]});
}

} // namespace

std::optional<std::vector<std::vector<Iterator>>> alignedAxes(const Symbol &a, const Symbol &b,
                                                              std::map<int, TermPtr> &names) {
  const size_t rank = std::max(a.axes.size(), b.axes.size());
  std::vector<std::vector<Iterator>> axes(rank);
  for (size_t back = 1; back <= rank; ++back) {
    static const std::vector<Iterator> none;
    const auto &mine = back <= a.axes.size() ? a.axes[a.axes.size() - back] : none;
    const auto &theirs = back <= b.axes.size() ? b.axes[b.axes.size() - back] : none;
    axes[rank - back] = mine.empty() ? theirs : mine;
    if (mine.empty() || theirs.empty()) {
      continue;
    }
    if (mine.size() != theirs.size()) {
      return std::nullopt;
    }
    for (size_t i = 0; i < mine.size(); ++i) {
      if (!(mine[i].size == theirs[i].size)) {
        return std::nullopt;
      }
      names[theirs[i].id] = indexTerm(mine[i].id);
    }
  }
  return axes;
}

Size sizeOfAxis(const std::vector<Iterator> &axis) {
  Size size = 1;
  for (const Iterator &iterator : axis) {
    size = size * iterator.size;
  }
  return size;
}

bool applySymbols(NodeReading &node) {
  std::vector<Symbol> x;
  for (size_t i = 0; i < node.node.inputs.size(); ++i) {
    std::optional<Symbol> known = node.symbol(i);
    if (!known) {
      return false;
    }
    x.push_back(std::move(*known));
  }
  if (x.empty() || x.size() > 3 || (x.size() == 3) != (node.node.type == "Where")) {
    return false;
  }
  Symbol out = x[0];
  std::vector<TermPtr> arguments{x[0].term};
  for (size_t i = 1; i < x.size(); ++i) {
    std::map<int, TermPtr> names;
    const auto axes = alignedAxes(out, x[i], names);
    if (!axes) {
      return false;
    }
    out.axes = *axes;
    arguments.push_back(substitute(x[i].term, names));
  }
  out.type = resultOf(node.node.type, x);
  out.term = applyTerm(node.node.type, x[0].type, std::move(arguments));
  return giveSymbol(node, std::move(out));
}

bool alongAxes(const Symbol &symbol, const Axes &axes,
               llvm::function_ref<bool(const Iterator &iterator, Atom::Kind along)> visit) {
  if (symbol.axes.size() > axes.size()) {
    return false;
  }
  for (size_t back = 1; back <= symbol.axes.size(); ++back) {
    const std::vector<Iterator> &mine = symbol.axes[symbol.axes.size() - back];
    const Axis &theirs = axes[axes.size() - back];
    if (!mine.empty() && !(sizeOfAxis(mine) == sizeOf(theirs))) {
      return false;
    }
    for (const Iterator &iterator : mine) {
      if (!reads(*symbol.term, iterator.id)) {
        continue;
      }
      const bool isOne = mine.size() == 1 && theirs.size() == 1 && theirs[0].kind != Atom::Kind::Column;
      if (!isOne || !visit(iterator, theirs[0].kind)) {
        return false;
      }
    }
  }
  return true;
}

std::optional<double> atPlaces(NodeReading &node, const Symbol &symbol, const Axes &axes, bool token) {
  World world = node.graph.worldAt(std::nullopt, std::nullopt);
  if (!token) {
    world.never = nullptr;
  }
  const bool fits = alongAxes(symbol, axes, [&](const Iterator &iterator, Atom::Kind along) {
    if (along == Atom::Kind::Batch && iterator.size == Size::batch()) {
      world.batch = iterator.id;
      return true;
    }
    if (along == Atom::Kind::Token && iterator.size == Size::tokens()) {
      world.real[iterator.id] = token;
      return true;
    }
    return false;
  });
  const std::optional<Affine> value = fits ? evaluate(*symbol.term, world) : std::nullopt;
  return value && value->isNumber() ? std::optional(value->number) : std::nullopt;
}

void addSymbolRules(Rules &rules) {
  for (const char *op :
       {"Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Not", "And", "Or", "Xor", "Abs", "Min"}) {
    rules[op] = elementwise;
  }
  rules["Where"] = where;
  rules["Cast"] = cast;
  rules["Clip"] = clip;
  rules["CumSum"] = cumSum;
  rules["IsNaN"] = isNan;
}

} // namespace clew::compiler

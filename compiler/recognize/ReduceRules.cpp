// Rules of sums, means and maxima: of a sequence's tokens, of a row on the way to a LayerNorm, and of masks.
#include "compiler/recognize/Reading.h"

#include <limits>

using namespace mlir;

namespace clew::compiler {
namespace {

/// The axis that is reduced, if it is one; and what becomes of the axes.
struct Reduced {
  int64_t axis = 0;
  bool keeps = true;
};

std::optional<Reduced> reducedOf(NodeReading &node) {
  const std::optional<std::vector<int64_t>> axes = node.axes(1, node.rank(0));
  if (!axes || axes->size() != 1) {
    return std::nullopt;
  }
  return Reduced{axes->front(), node.attribute("keepdims", int64_t{1}) != 0};
}

template <typename List> List without(const List &axes, const Reduced &reduced) {
  List out = axes;
  if (reduced.keeps) {
    out[static_cast<size_t>(reduced.axis)].clear();
  } else {
    out.erase(out.begin() + reduced.axis);
  }
  return out;
}

/// A mask added up over a sequence's places is its length; one that is everywhere the same has that as its least and its largest.
bool reduceSymbol(NodeReading &node, const Symbol &symbol, const Reduced &reduced) {
  const std::vector<Iterator> &axis = symbol.axes[static_cast<size_t>(reduced.axis)];
  if (axis.size() != 1 || !(axis[0].size == Size::tokens())) {
    return false;
  }
  World world = node.graph.worldAt(std::nullopt, std::nullopt);
  world.never = nullptr;
  std::optional<int> batch;
  for (const std::vector<Iterator> &other : symbol.axes) {
    for (const Iterator &iterator : other) {
      if (iterator.size == Size::batch()) {
        batch = iterator.id;
      } else if (iterator.id != axis[0].id && reads(*symbol.term, iterator.id)) {
        return false;
      }
    }
  }
  world.batch = batch;
  std::optional<Affine> values[2];
  for (const bool token : {false, true}) {
    world.real[axis[0].id] = token;
    values[token] = evaluate(*symbol.term, world);
    if (!values[token] || !values[token]->isNumber()) {
      return false;
    }
  }
  Symbol out{without(symbol.axes, reduced), nullptr, symbol.type};
  const double padding = values[0]->number;
  const double token = values[1]->number;
  const std::string &op = node.node.type;
  if (op == "ReduceSum" && token == 1 && padding == 0 && batch) {
    out.term = lengthTerm(indexTerm(*batch));
  } else if ((op == "ReduceMin" || op == "ReduceMax") && token == padding) {
    out.term = numberTerm(token);
  } else if (op == "ReduceMax" && token > padding) {
    out.term = numberTerm(token); // there is at least one
  } else {
    return false;
  }
  node.give(out);
  return true;
}

/// Of all tokens of a sequence.
bool reduceTokens(NodeReading &node, const Rows &rows, const Reduced &reduced) {
  const bool fits = isOnly(rows.axes[static_cast<size_t>(reduced.axis)], Atom::Kind::Token) &&
                    holds(rows.axes, Atom::Kind::Batch) && nn::levelOf(rows.value);
  auto x = fits ? node.made(rows) : FailureOr<Value>(failure());
  if (failed(x)) {
    return false;
  }
  const std::string &op = node.node.type;
  const Axes axes = without(rows.axes, reduced);
  const auto ignores = [&](double value) { return rows.padding && *rows.padding == value; };
  if (op == "ReduceSum" && ignores(0)) {
    node.give(Total{*x, axes});
    return true;
  }
  if (op == "ReduceMax") {
    if (!ignores(-std::numeric_limits<double>::infinity())) {
      node.graph.wholeOnly("a largest value is taken of padding, too");
    }
    node.giveRows(node.nn.build<nn::MaxOp>({*x, node.nn.offsets()}), axes);
    return true;
  }
  if (op == "ReduceMean") {
    node.graph.wholeOnly("a mean is taken of padding, too");
    node.giveRows(node.nn.build<nn::MeanOp>({*x, node.nn.offsets()}), axes);
    return true;
  }
  return false;
}

void reduce(NodeReading &node) {
  const std::optional<Reduced> reduced = reducedOf(node);
  if (!reduced) {
    return node.decline("it reduces other than one axis");
  }
  const bool last = reduced->axis + 1 == static_cast<int64_t>(node.rank(0)) && reduced->keeps;
  if (const auto *rows = node.as<Rows>(0)) {
    if (reduceTokens(node, *rows, *reduced)) {
      return;
    }
    if (node.node.type == "ReduceMean" && last && endsInColumns(rows->axes, columnsOf(*rows))) {
      return node.give(Norm{Norm::Step::Mean, *rows});
    }
    if (node.node.type == "ReduceL2" && last && endsInColumns(rows->axes, columnsOf(*rows))) {
      return node.give(Norm{Norm::Step::Length, *rows});
    }
    return node.decline("it is no pooling of tokens");
  }
  const auto *norm = node.as<Norm>(0);
  if (norm && norm->step == Norm::Step::Square && last && node.node.type == "ReduceMean") {
    Norm variance = *norm;
    variance.step = Norm::Step::Variance;
    return node.give(variance);
  }
  const std::optional<Symbol> symbol = node.symbol(0);
  if (!symbol || !reduceSymbol(node, *symbol, *reduced)) {
    node.decline("it is no pooling of tokens");
  }
}

} // namespace

void addReduceRules(Rules &rules) {
  for (const char *op : {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2"}) {
    rules[op] = reduce;
  }
}

} // namespace clew::compiler

// Rules of ops that work element by element on rows: of one matrix they are a formula, of two an op of nn.
#include "compiler/recognize/Reading.h"

using namespace mlir;

namespace clew::compiler {
namespace {

/// The op of nn with two operands; failure if there is none, or the operands do not go together.
FailureOr<Value> binary(NodeReading &node, Value a, Value b) {
  const std::string &op = node.node.type;
  if (cast<RankedTensorType>(a.getType()).getRank() != 2) {
    if (op == "Sub" || op == "Div") {
      return failure();
    }
    std::swap(a, b);
  }
  if (cast<RankedTensorType>(a.getType()).getRank() != 2) {
    return failure();
  }
  return op == "Add"   ? node.nn.build<nn::AddOp>({a, b})
         : op == "Sub" ? node.nn.build<nn::SubtractOp>({a, b})
         : op == "Mul" ? node.nn.build<nn::MultiplyOp>({a, b})
                       : FailureOr<Value>(failure());
}

/// Axes of a result: those of both, where one may lack sequences. Rows that run over different things have different types in nn.
std::optional<Axes> mergedAxes(const Axes &a, const Axes &b) {
  const size_t rank = std::max(a.size(), b.size());
  Axes axes(rank);
  for (size_t back = 1; back <= rank; ++back) {
    const Axis mine = back <= a.size() ? a[a.size() - back] : Axis();
    const Axis theirs = back <= b.size() ? b[b.size() - back] : Axis();
    if (mine != theirs && !mine.empty() && !theirs.empty()) {
      return std::nullopt;
    }
    axes[rank - back] = mine.empty() ? theirs : mine;
  }
  return axes;
}

void applyBoth(NodeReading &node, const Rows &a, const Rows &b) {
  if (a.value == b.value && a.axes == b.axes) {
    if (std::optional<FormulaPtr> formula = formulaOf(node.node.type, {a.formula, b.formula})) {
      return node.give(Rows{a.value, a.axes, *formula});
    }
  }
  const std::optional<Axes> axes = mergedAxes(a.axes, b.axes);
  // Columns must be the same ones, or a row of parameters that all rows get.
  const bool alike = axes && columnsOf(a) == columnsOf(b);
  if (!alike) {
    return node.decline("its operands' rows or columns do not stand alike");
  }
  auto x = node.made(a);
  auto y = failed(x) ? x : node.made(b);
  if (succeeded(y)) {
    node.giveRows(binary(node, *x, *y), *axes);
  }
}

/// A vector of parameters for every row, as rows.
std::optional<Rows> vectorRows(NodeReading &node, size_t input, const Rows &other) {
  std::optional<Weight> weight = node.weight(input);
  const int64_t width = columnsOf(other);
  if (!weight || weight->turned || weight->dims.empty() || weight->dims.back() != width || width == 1 ||
      weight->dims.size() > other.axes.size() || !endsInColumns(other.axes, width) ||
      llvm::any_of(llvm::ArrayRef(weight->dims).drop_back(), [](int64_t dim) { return dim != 1; })) {
    return std::nullopt;
  }
  weight->dims = {width};
  auto value = node.nn.parameter(*weight, {width});
  return failed(value) ? std::nullopt : std::optional(Rows{*value, {columnAxis(width)}});
}

/// Rows and what is one number at tokens.
bool applyNumber(NodeReading &node, const Rows &rows, size_t other) {
  const std::optional<Symbol> symbol = node.symbol(other);
  const std::optional<double> token = symbol ? atPlaces(node, *symbol, rows.axes, true) : std::nullopt;
  if (!token) {
    return false;
  }
  const std::optional<double> padding = atPlaces(node, *symbol, rows.axes, false);
  const FormulaPtr number = formulaNumber(*token);
  const bool nothing = node.node.type == "Mul" && *token == 1;
  std::optional<FormulaPtr> formula = nothing
                                          ? std::optional(rows.formula)
                                          : formulaOf(node.node.type, other == 0 ? std::vector{number, rows.formula}
                                                                                 : std::vector{rows.formula, number});
  if (!formula) {
    return false;
  }
  Rows out{rows.value, rows.axes, *formula};
  if (node.node.type == "Mul" && padding && *padding == 0) {
    out.padding = 0;
  }
  node.give(out);
  return true;
}

/// Sums of a sequence's tokens over how many they are.
bool applyTotal(NodeReading &node) {
  const auto *total = node.as<Total>(0);
  const std::optional<Symbol> by = node.symbol(1);
  if (!total || !by || node.node.type != "Div" || by->axes.size() > total->axes.size()) {
    return false;
  }
  World world = node.graph.worldAt(std::nullopt, std::nullopt);
  for (size_t back = 1; back <= by->axes.size(); ++back) {
    const std::vector<Iterator> &mine = by->axes[by->axes.size() - back];
    const Axis &theirs = total->axes[total->axes.size() - back];
    if (!mine.empty() && !(sizeOfAxis(mine) == sizeOf(theirs))) {
      return false;
    }
    if (mine.size() == 1 && isOnly(theirs, Atom::Kind::Batch)) {
      world.batch = mine[0].id;
    }
  }
  const std::optional<Affine> length = evaluate(*by->term, world);
  if (!length || !length->isPlus(Affine::Kind::Length, 0) || length->number != 0) {
    return false;
  }
  node.giveRows(node.nn.build<nn::MeanOp>({total->rows, node.nn.offsets()}), total->axes);
  return true;
}

void twoSided(NodeReading &node) {
  if (node.node.inputs.size() != 2) {
    return node.decline("it has other than two operands");
  }
  if (applyNumbers(node) || applyNorm(node) || applyScores(node) || applyTotal(node)) {
    return;
  }
  const auto *a = node.as<Rows>(0);
  const auto *b = node.as<Rows>(1);
  if (a && b) {
    return applyBoth(node, *a, *b);
  }
  if (a || b) {
    const Rows &rows = a ? *a : *b;
    const size_t other = a ? 1 : 0;
    if (const std::optional<Rows> vector = vectorRows(node, other, rows)) { // also one that is 0 throughout
      return a ? applyBoth(node, rows, *vector) : applyBoth(node, *vector, rows);
    }
    if (applyNumber(node, rows, other)) {
      return;
    }
  }
  if (!applySymbols(node)) {
    node.decline("its operands do not go together as rows, masks or shapes");
  }
}

void oneSided(NodeReading &node) {
  if (applyNorm(node)) {
    return;
  }
  const auto *rows = node.as<Rows>(0);
  const std::optional<FormulaPtr> formula = rows ? formulaOf(node.node.type, {rows->formula}) : std::nullopt;
  if (formula) {
    return node.give(Rows{rows->value, rows->axes, *formula});
  }
  if (rows || !applySymbols(node)) {
    node.decline("it works on no rows");
  }
}

void gelu(NodeReading &node) {
  const auto *rows = node.as<Rows>(0);
  const std::string form = node.attribute("approximate", "none");
  const auto formula = rows && (form == "none" || form == "tanh")
                           ? formulaOf(form == "none" ? "gelu" : "gelu_tanh", {rows->formula})
                           : std::nullopt;
  if (!formula) {
    return node.decline("it works on no rows, or in a form that is not known");
  }
  node.give(Rows{rows->value, rows->axes, *formula});
}

} // namespace

void addElementRules(Rules &rules) {
  for (const char *op : {"Add", "Sub", "Mul", "Div", "Pow", "Max"}) {
    rules[op] = twoSided;
  }
  for (const char *op : {"Erf", "Tanh", "Exp", "Neg", "Relu", "Sigmoid", "Reciprocal", "Sqrt"}) {
    rules[op] = oneSided;
  }
  rules["Gelu"] = gelu;
}

} // namespace clew::compiler

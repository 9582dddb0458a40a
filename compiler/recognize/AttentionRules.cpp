// Rules of attention. Scores are products of queries and keys head by head; they may be scaled on either side of the product, and masked by
// whatever is nothing where a token looks and far below everything where it does not. What a mask comes to is found by evaluating it for each
// way in which a place can stand to a token: before it, at it, behind it, and behind the last token.
#include "compiler/recognize/Reading.h"

#include <limits>

using namespace mlir;

namespace clew::compiler {
namespace {

/// What is added to scores that do not count: from here on the weight is exactly 0 in f32, unless scores themselves differ by thousands.
constexpr double farBelow = -1e4;

/// The factor of a formula that is nothing else.
std::optional<double> factorOf(const Rows &rows) {
  const std::optional<Activation> activation = activationOf(rows.formula);
  return activation && (activation->op.empty() || activation->op == "scale") ? std::optional(activation->factor)
                                                                             : std::nullopt;
}

/// Heads of `size` columns that stand side by side: their number; 0 if the leading axes are not sequences and then those.
int64_t headsOf(const Axes &axes, int64_t size, int64_t width) {
  Axis leading;
  for (const Axis &axis : ArrayRef(axes).drop_back(2)) {
    leading.insert(leading.end(), axis.begin(), axis.end());
  }
  leading = joined(leading);
  const int64_t heads = width / size;
  const Axis expected = heads == 1 ? batchAxis() : Axis{{Atom::Kind::Batch}, Atom::column(heads, size)};
  return heads * size == width && leading == expected ? heads : 0;
}

bool giveScores(NodeReading &node, const Rows &q, const Rows &k) {
  const size_t rank = q.axes.size();
  if (rank < 3 || k.axes.size() != rank || !nn::levelOf(q.value) || !nn::levelOf(k.value)) {
    return false;
  }
  const Axis &columns = q.axes[rank - 1];
  const int64_t size = columns.empty() ? 1 : columns[0].size;
  const bool heads = columns == columnAxis(size) && isOnly(q.axes[rank - 2], Atom::Kind::Token) &&
                     k.axes[rank - 2] == columns && isOnly(k.axes[rank - 1], Atom::Kind::Token);
  const int64_t number = heads ? headsOf(q.axes, size, columnsOf(q)) : 0;
  const std::optional<double> first = factorOf(q);
  const std::optional<double> second = factorOf(k);
  if (number == 0 || headsOf(k.axes, size, columnsOf(k)) != number || !first || !second) {
    return false;
  }
  Scores scores{.q = q.value, .k = k.value, .axes = q.axes, .heads = number, .scale = *first * *second, .masks = {}};
  scores.axes[rank - 1] = {{Atom::Kind::Key}};
  for (size_t i = 0; i + 2 < rank; ++i) {
    if (k.axes[i] != q.axes[i]) {
      return false;
    }
  }
  node.give(scores);
  return true;
}

bool giveAttention(NodeReading &node, const Scores &weights, const Rows &v) {
  const size_t rank = v.axes.size();
  if (!weights.weights || rank != weights.axes.size() || !nn::levelOf(v.value)) {
    return false;
  }
  const Axis &columns = v.axes[rank - 1];
  const int64_t size = columns.empty() ? 1 : columns[0].size;
  if (columns != columnAxis(size) || !isOnly(v.axes[rank - 2], Atom::Kind::Token) ||
      headsOf(v.axes, size, columnsOf(v)) != weights.heads) {
    return false;
  }
  for (size_t i = 0; i + 2 < rank; ++i) { // strides differ where values have another width
    if (!(sizeOf(v.axes[i]) == sizeOf(weights.axes[i]))) {
      return false;
    }
  }
  auto values = node.made(v);
  if (failed(values)) {
    return false;
  }
  nn::AttentionOp::Properties properties;
  properties.heads = node.nn.builder.getI64IntegerAttr(weights.heads);
  properties.scale = node.nn.builder.getF64FloatAttr(weights.scale);
  properties.causal = weights.causal ? node.nn.builder.getUnitAttr() : UnitAttr();
  properties.window = node.nn.builder.getI64IntegerAttr(0);
  const int given[] = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0};
  llvm::copy(given, properties.operandSegmentSizes.begin());
  node.giveRows(node.nn.build<nn::AttentionOp>({weights.q, weights.k, *values, node.nn.offsets()}, properties), v.axes);
  return true;
}

/// What the masks add where key `real`ly is a token, or none, and stands before (-1), at or behind (1) the token that looks.
std::optional<double> maskedAt(NodeReading &node, const Scores &scores, bool real, int order) {
  double sum = 0;
  for (const Symbol &mask : scores.masks) {
    World world = node.graph.worldAt(std::nullopt, std::nullopt);
    world.never = nullptr;
    world.order = order;
    const bool fits = alongAxes(mask, scores.axes, [&](const Iterator &iterator, Atom::Kind along) {
      if (along == Atom::Kind::Batch) {
        world.batch = iterator.id;
      } else {
        const bool key = along == Atom::Kind::Key;
        world.real[iterator.id] = key ? real : true;
        (key ? world.first : world.second) = iterator.id;
      }
      return true;
    });
    const std::optional<Affine> value = fits ? evaluate(*mask.term, world) : std::nullopt;
    if (!value || !value->isNumber()) {
      return std::nullopt;
    }
    sum += value->number;
  }
  return sum;
}

/// Whether a key counts; nothing where that is not known.
std::optional<bool> isSeen(NodeReading &node, const Scores &scores, bool real, int order) {
  const std::optional<double> added = maskedAt(node, scores, real, order);
  if (!added || (*added != 0 && !(*added <= farBelow))) {
    return std::nullopt;
  }
  return *added == 0;
}

void giveWeights(NodeReading &node, const Scores &scores) {
  const std::optional<bool> before = isSeen(node, scores, true, -1);
  const std::optional<bool> at = isSeen(node, scores, true, 0);
  const std::optional<bool> behind = isSeen(node, scores, true, 1);
  const std::optional<bool> padding = node.graph.mask >= 0 ? isSeen(node, scores, false, 1) : std::optional(false);
  if (!before || !at || !behind || !padding || !*before || !*at) {
    return node.decline("what its mask leaves out is not padding, and not what comes later");
  }
  if (*padding && !*behind) {
    return node.decline("its mask leaves out what comes later, but not padding");
  }
  if (*padding) {
    node.graph.wholeOnly("attention looks at padding, too");
  }
  Scores weights = scores;
  weights.weights = true;
  weights.causal = !*behind;
  node.give(weights);
}

void softmax(NodeReading &node) {
  const auto rank = static_cast<int64_t>(node.rank(0));
  const int64_t usual = node.graph.model.opset < 13 ? 1 : -1;
  if (node.axis(node.attribute("axis", usual), node.rank(0)) + 1 != rank) {
    return node.decline("it is not over the last axis");
  }
  if (const auto *scores = node.as<Scores>(0); scores && !scores->weights) {
    return giveWeights(node, *scores);
  }
  const auto *rows = node.as<Rows>(0);
  if (!rows || !endsInColumns(rows->axes, columnsOf(*rows)) || (node.graph.model.opset < 13 && rank != 2)) {
    return node.decline("it is of no scores and no rows");
  }
  auto x = node.made(*rows);
  if (succeeded(x)) {
    node.giveRows(node.nn.build<nn::SoftmaxOp>(*x), rows->axes);
  }
}

} // namespace

bool multiplyRows(NodeReading &node) {
  const auto *left = node.as<Rows>(0);
  const auto *right = node.as<Rows>(1);
  if (left && right) {
    return giveScores(node, *left, *right);
  }
  const auto *weights = node.as<Scores>(0);
  return weights && right && giveAttention(node, *weights, *right);
}

bool applyScores(NodeReading &node) {
  const std::string &op = node.node.type;
  if (op == "Where") { // the same as adding nothing, or that number
    for (const bool first : {true, false}) {
      const auto *scores = node.as<Scores>(first ? 1 : 2);
      const std::optional<Symbol> condition = scores ? node.symbol(0) : std::nullopt;
      const std::optional<double> other = node.number(first ? 2 : 1);
      if (!condition || !other || *other > farBelow || scores->weights) {
        continue;
      }
      Scores masked = *scores;
      const TermPtr far = numberTerm(*other);
      const TermPtr none = numberTerm(0);
      masked.masks.push_back(
          {condition->axes,
           applyTerm("Where", onnx::DataType::Bool, {condition->term, first ? none : far, first ? far : none}),
           onnx::DataType::Float});
      node.give(masked);
      return true;
    }
    return false;
  }
  for (const size_t at : {size_t{0}, size_t{1}}) {
    const auto *scores = node.as<Scores>(at);
    if (!scores || scores->weights) {
      continue;
    }
    Scores changed = *scores;
    const std::optional<double> number = node.number(1 - at);
    const bool scales = op == "Mul" || (op == "Div" && at == 0);
    if (number && scales && scores->masks.empty() && std::isfinite(*number) && *number != 0 &&
        fitsInside(node.sizes(1 - at), node.sizes(at))) {
      changed.scale *= op == "Mul" ? *number : 1 / *number;
    } else if (std::optional<Symbol> mask = op == "Add" ? node.symbol(1 - at) : std::nullopt) {
      changed.masks.push_back(*mask);
    } else {
      return false;
    }
    node.give(changed);
    return true;
  }
  return false;
}

void addAttentionRules(Rules &rules) { rules["Softmax"] = softmax; }

} // namespace clew::compiler

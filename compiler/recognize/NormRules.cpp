// Rules of norms. LayerNorm: the op, and the nodes that older exporters write: x - mean, its square's mean, eps, root, quotient, gain and bias.
// Rows of length 1: x over the larger of its length and eps.
#include "compiler/recognize/Reading.h"

using namespace mlir;

namespace clew::compiler {
namespace {

using Step = Norm::Step;

std::optional<Weight> vectorOf(NodeReading &node, size_t input, int64_t width) {
  std::optional<Weight> weight = node.weight(input);
  if (!weight || weight->turned || weight->dims.empty() || weight->dims.back() != width ||
      llvm::any_of(llvm::ArrayRef(weight->dims).drop_back(), [](int64_t dim) { return dim != 1; })) {
    return std::nullopt;
  }
  weight->dims = {width};
  return weight;
}

void giveLayerNorm(NodeReading &node, const Rows &x, const Weight &gain, const Weight &bias, double eps) {
  const int64_t width = columnsOf(x);
  auto rows = node.made(x);
  auto weight = failed(rows) ? rows : node.nn.parameter(gain, {width});
  auto shift = failed(weight) ? weight : node.nn.parameter(bias, {width});
  if (failed(shift)) {
    return node.decline("its parameters are not read");
  }
  nn::LayerNormOp::Properties properties;
  properties.eps = node.nn.builder.getF64FloatAttr(eps);
  node.giveRows(node.nn.build<nn::LayerNormOp>({*rows, *weight, *shift}, properties), x.axes);
}

void layerNorm(NodeReading &node) {
  const auto *x = node.as<Rows>(0);
  const int64_t axis = node.axis(node.attribute("axis", int64_t{-1}), node.rank(0));
  if (!x || axis + 1 != static_cast<int64_t>(x->axes.size()) || !endsInColumns(x->axes, columnsOf(*x))) {
    return node.decline("it does not normalise each row");
  }
  const std::optional<Weight> gain = vectorOf(node, 1, columnsOf(*x));
  const std::optional<Weight> bias = vectorOf(node, 2, columnsOf(*x));
  const bool more = node.node.outputs.size() > 1 && llvm::any_of(llvm::ArrayRef(node.node.outputs).drop_front(),
                                                                 [](const std::string &name) { return !name.empty(); });
  if (!gain || !bias || more) {
    return node.decline("it has no gain and bias of parameters, or gives more than rows");
  }
  giveLayerNorm(node, *x, *gain, *bias, node.attribute("epsilon", 1e-5));
}

bool same(const Rows &a, const Rows &b) { return a.value == b.value && a.axes == b.axes && a.formula == b.formula; }

const Norm *normAt(NodeReading &node, size_t input, Step step) {
  const auto *norm = node.as<Norm>(input);
  return norm && norm->step == step ? norm : nullptr;
}

bool next(NodeReading &node, Norm norm, Step step) {
  norm.step = step;
  node.give(std::move(norm));
  return true;
}

/// x - mean, the square, the quotient.
bool applyInner(NodeReading &node) {
  const std::string &op = node.node.type;
  const auto *rows = node.as<Rows>(0);
  if (const Norm *mean = normAt(node, 1, Step::Mean); mean && op == "Sub" && rows && same(*rows, mean->x)) {
    return next(node, *mean, Step::Centred);
  }
  const Norm *centred = normAt(node, 0, Step::Centred);
  if (centred && op == "Pow" && node.number(1) == 2.0) {
    return next(node, *centred, Step::Square);
  }
  if (centred && op == "Mul" && node.node.inputs[0] == node.node.inputs[1]) {
    return next(node, *centred, Step::Square);
  }
  const Norm *deviation = normAt(node, 1, Step::Deviation);
  if (centred && deviation && op == "Div" && same(centred->x, deviation->x)) {
    return next(node, *deviation, Step::Normal);
  }
  for (const size_t first : {size_t{0}, size_t{1}}) {
    const Norm *inverse = normAt(node, first, Step::Inverse);
    const Norm *x = normAt(node, 1 - first, Step::Centred);
    if (inverse && x && op == "Mul" && same(x->x, inverse->x)) {
      return next(node, *inverse, Step::Normal);
    }
  }
  return false;
}

/// The larger of a length and eps, and rows over it.
bool applyLength(NodeReading &node) {
  const auto *rows = node.as<Rows>(0);
  const Norm *least = normAt(node, 1, Step::LengthAtLeast);
  if (rows && least && node.node.type == "Div" && same(*rows, least->x)) {
    auto x = node.made(*rows);
    nn::L2NormalizeOp::Properties properties;
    properties.eps = node.nn.builder.getF64FloatAttr(least->eps);
    if (succeeded(x)) {
      node.giveRows(node.nn.build<nn::L2NormalizeOp>(*x, properties), rows->axes);
    }
    return true;
  }
  for (const size_t at : {size_t{0}, size_t{1}}) {
    const Norm *length = normAt(node, at, Step::Length);
    const std::optional<double> eps = length && node.node.type == "Max" ? node.number(1 - at) : std::nullopt;
    if (eps && *eps > 0 && fitsInside(node.sizes(1 - at), node.sizes(at))) {
      Norm norm = *length;
      norm.eps = *eps;
      return next(node, norm, Step::LengthAtLeast);
    }
  }
  return false;
}

/// What comes of a variance, and of normal rows.
bool applyOuter(NodeReading &node, size_t first) {
  const std::string &op = node.node.type;
  const size_t other = 1 - first;
  if (const Norm *variance = normAt(node, first, Step::Variance); variance && op == "Add") {
    const std::optional<double> eps = node.number(other);
    if (!eps || *eps < 0) {
      return false;
    }
    Norm norm = *variance;
    norm.eps = *eps;
    return next(node, norm, Step::WithEps);
  }
  if (const Norm *normal = normAt(node, first, Step::Normal); normal && op == "Mul") {
    const std::optional<Weight> gain = vectorOf(node, other, columnsOf(normal->x));
    if (!gain) {
      return false;
    }
    Norm norm = *normal;
    norm.gain = *gain;
    return next(node, norm, Step::Scaled);
  }
  if (const Norm *scaled = normAt(node, first, Step::Scaled); scaled && op == "Add") {
    const std::optional<Weight> bias = vectorOf(node, other, columnsOf(scaled->x));
    if (!bias) {
      return false;
    }
    giveLayerNorm(node, scaled->x, scaled->gain, *bias, scaled->eps);
    return true;
  }
  return false;
}

} // namespace

bool applyNorm(NodeReading &node) {
  if (node.node.inputs.size() == 1) {
    const Norm *withEps = normAt(node, 0, Step::WithEps);
    const Norm *deviation = normAt(node, 0, Step::Deviation);
    return (withEps && node.node.type == "Sqrt" && next(node, *withEps, Step::Deviation)) ||
           (deviation && node.node.type == "Reciprocal" && next(node, *deviation, Step::Inverse));
  }
  return applyLength(node) || applyInner(node) || applyOuter(node, 0) || applyOuter(node, 1);
}

void addNormRules(Rules &rules) { rules["LayerNormalization"] = layerNorm; }

} // namespace clew::compiler

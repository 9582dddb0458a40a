// Rules of ops that work row by row. All of them read and write the last axis, so that rows of every level are alike, and vectors of
// parameters broadcast over rows as they do in nn.
#include "compiler/onnx/ExportRules.h"

#include <cmath>
#include <numbers>

using namespace mlir;

namespace clew::compiler {
namespace {

LogicalResult linear(nn::LinearOp op, GraphExport &to) {
  const ArrayRef<int64_t> shape = cast<RankedTensorType>(op.getWeight().getType()).getShape();
  std::string weight;
  if (to.isWeightOfLinears(op.getWeight())) {
    weight = *to.weight(op, op.getWeight(), "transposed", {shape[1], shape[0]}, transposedRows(shape[0], shape[1]));
  } else {
    weight = to.onnx.transpose(to.get(op.getWeight()), {1, 0});
  }
  const std::string product = to.onnx.op("MatMul", {to.get(op.getX()), weight});
  to.set(op.getY(), op.getBias() ? to.onnx.op("Add", {product, to.get(op.getBias())}) : product);
  return success();
}

template <typename OpTy> LogicalResult binary(OpTy op, GraphExport &to) {
  const char *type = std::is_same_v<OpTy, nn::AddOp> ? "Add" : std::is_same_v<OpTy, nn::SubtractOp> ? "Sub" : "Mul";
  to.set(op.getZ(), to.onnx.op(type, {to.get(op.getX()), to.get(op.getY())}));
  return success();
}

template <typename OpTy> LogicalResult activation(OpTy op, GraphExport &to) {
  const char *type = std::is_same_v<OpTy, nn::TanhOp> ? "Tanh" : std::is_same_v<OpTy, nn::ReluOp> ? "Relu" : "Sigmoid";
  to.set(op.getY(), to.onnx.op(type, {to.get(op.getX())}));
  return success();
}

/// In the order of operations that ONNX Runtime knows as one op.
LogicalResult gelu(nn::GeluOp op, GraphExport &to) {
  const std::string x = to.get(op.getX());
  const std::string erf = to.onnx.op("Erf", {to.onnx.op("Div", {x, to.onnx.number(std::numbers::sqrt2)})});
  const std::string twice = to.onnx.op("Mul", {x, to.onnx.op("Add", {erf, to.onnx.number(1)})});
  to.set(op.getY(), to.onnx.op("Mul", {twice, to.onnx.number(0.5)}));
  return success();
}

LogicalResult geluTanh(nn::GeluTanhOp op, GraphExport &to) {
  const std::string x = to.get(op.getX());
  const std::string cube = to.onnx.op("Mul", {to.onnx.number(0.044715), to.onnx.op("Pow", {x, to.onnx.number(3)})});
  const std::string inner =
      to.onnx.op("Mul", {to.onnx.op("Add", {x, cube}), to.onnx.number(std::sqrt(2 / std::numbers::pi))});
  const std::string outer = to.onnx.op("Add", {to.onnx.op("Tanh", {inner}), to.onnx.number(1)});
  to.set(op.getY(), to.onnx.op("Mul", {to.onnx.op("Mul", {x, to.onnx.number(0.5)}), outer}));
  return success();
}

LogicalResult silu(nn::SiluOp op, GraphExport &to) {
  const std::string x = to.get(op.getX());
  to.set(op.getY(), to.onnx.op("Mul", {x, to.onnx.op("Sigmoid", {x})}));
  return success();
}

LogicalResult softmax(nn::SoftmaxOp op, GraphExport &to) {
  to.set(op.getY(), to.onnx.op("Softmax", {to.get(op.getX())}, {integer("axis", -1)}));
  return success();
}

LogicalResult scale(nn::ScaleOp op, GraphExport &to) {
  const std::string factor = to.onnx.number(op.getFactor().convertToDouble());
  to.set(op.getY(), to.onnx.op("Mul", {to.get(op.getX()), factor}));
  return success();
}

LogicalResult l2Normalize(nn::L2NormalizeOp op, GraphExport &to) {
  const std::string x = to.get(op.getX());
  const std::string length = to.onnx.op("ReduceL2", {x}, {integers("axes", {-1}), integer("keepdims", 1)});
  const std::string least = to.onnx.number(op.getEps().convertToDouble());
  to.set(op.getY(), to.onnx.op("Div", {x, to.onnx.op("Max", {length, least})}));
  return success();
}

LogicalResult layerNorm(nn::LayerNormOp op, GraphExport &to) {
  to.set(op.getY(), to.onnx.op("LayerNormalization", {to.get(op.getX()), to.get(op.getWeight()), to.get(op.getBias())},
                               {integer("axis", -1), real("epsilon", op.getEps().convertToDouble())}));
  return success();
}

/// ONNX's BatchNormalization has its channels in the second axis; ours are in the last.
LogicalResult batchNorm(nn::BatchNormOp op, GraphExport &to) {
  const std::string eps = to.onnx.number(op.getEps().convertToDouble());
  const std::string deviation = to.onnx.op("Sqrt", {to.onnx.op("Add", {to.get(op.getRunningVariance()), eps})});
  const std::string gain = to.onnx.op("Div", {to.get(op.getWeight()), deviation});
  const std::string centred = to.onnx.op("Sub", {to.get(op.getX()), to.get(op.getRunningMean())});
  to.set(op.getY(), to.onnx.op("Add", {to.onnx.op("Mul", {centred, gain}), to.get(op.getBias())}));
  return success();
}

/// A site that training fills.
LogicalResult dropout(nn::DropoutOp op, GraphExport &to) {
  to.set(op.getY(), to.get(op.getX()));
  return success();
}

LogicalResult concat(nn::ConcatOp op, GraphExport &to) {
  SmallVector<std::string> parts;
  for (Value input : op.getInputs()) {
    parts.push_back(to.get(input));
  }
  to.set(op.getY(), to.onnx.concat(parts, op.getAxis() == 0 ? 0 : -1));
  return success();
}

LogicalResult slice(nn::SliceOp op, GraphExport &to) {
  const auto begin = static_cast<int64_t>(op.getBegin());
  const auto end = begin + static_cast<int64_t>(op.getWidth());
  to.set(op.getY(), to.onnx.slice(to.get(op.getX()), to.onnx.vector({begin}), to.onnx.vector({end}), -1));
  return success();
}

} // namespace

void addRowRules(ExportRules &rules) {
  addRule<nn::LinearOp, linear>(rules);
  addRule<nn::AddOp, binary>(rules);
  addRule<nn::SubtractOp, binary>(rules);
  addRule<nn::MultiplyOp, binary>(rules);
  addRule<nn::TanhOp, activation>(rules);
  addRule<nn::ReluOp, activation>(rules);
  addRule<nn::SigmoidOp, activation>(rules);
  addRule<nn::GeluOp, gelu>(rules);
  addRule<nn::GeluTanhOp, geluTanh>(rules);
  addRule<nn::SiluOp, silu>(rules);
  addRule<nn::SoftmaxOp, softmax>(rules);
  addRule<nn::ScaleOp, scale>(rules);
  addRule<nn::L2NormalizeOp, l2Normalize>(rules);
  addRule<nn::LayerNormOp, layerNorm>(rules);
  addRule<nn::BatchNormOp, batchNorm>(rules);
  addRule<nn::DropoutOp, dropout>(rules);
  addRule<nn::ConcatOp, concat>(rules);
  addRule<nn::SliceOp, slice>(rules);
}

} // namespace clew::compiler

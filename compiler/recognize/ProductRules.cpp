// Rules of matrix products: with parameters they are linear maps of rows; of queries and keys they are scores, of weights and values attention.
#include "compiler/recognize/Reading.h"

using namespace mlir;

namespace clew::compiler {
namespace {

/// Rows times parameters (in, out); `turned`: (out, in).
void giveLinear(NodeReading &node, const Rows &rows, const Weight &weight, bool turned, std::optional<Weight> bias) {
  const size_t outer = turned ? 0 : 1;
  if (weight.dims.size() != 2 || weight.dims[1 - outer] != columnsOf(rows) ||
      !endsInColumns(rows.axes, columnsOf(rows))) {
    return node.decline("it multiplies something else than rows by a matrix of parameters");
  }
  const int64_t width = weight.dims[outer];
  auto x = node.made(rows);
  auto matrix = failed(x) ? x : node.nn.parameter(weight, {width, columnsOf(rows)}, !turned);
  if (failed(matrix)) {
    return node.decline("its parameters are not read");
  }
  SmallVector<Value> operands{*x, *matrix};
  if (bias) {
    bias->dims = {width};
    auto vector = node.nn.parameter(*bias, {width});
    if (failed(vector)) {
      return node.decline("its parameters are not read");
    }
    operands.push_back(*vector);
  }
  Axes axes = rows.axes;
  axes.back() = columnAxis(width);
  node.giveRows(node.nn.build<nn::LinearOp>(operands), axes);
}

void matMul(NodeReading &node) {
  if (multiplyRows(node)) {
    return;
  }
  const auto *rows = node.as<Rows>(0);
  const std::optional<Weight> weight = node.weight(1);
  if (!rows || !weight) {
    return node.decline("it multiplies something else than rows by parameters, or what heads are made of");
  }
  giveLinear(node, *rows, *weight, false, std::nullopt);
}

void gemm(NodeReading &node) {
  const auto *rows = node.as<Rows>(0);
  const std::optional<Weight> weight = node.weight(1);
  std::optional<Weight> bias = node.weight(2);
  const bool plain = node.attribute("alpha", 1.0) == 1 && node.attribute("transA", int64_t{0}) == 0 &&
                     (!node.has(2) || node.attribute("beta", 1.0) == 1);
  const bool turned = node.attribute("transB", int64_t{0}) != 0;
  const int64_t width = weight && weight->dims.size() == 2 ? weight->dims[turned ? 0 : 1] : 0;
  const bool vector = bias && !bias->turned && !bias->dims.empty() && bias->dims.back() == width &&
                      (bias->dims.size() == 1 || (bias->dims.size() == 2 && bias->dims[0] == 1));
  if (!rows || !weight || !plain || rows->axes.size() != 2 || (node.has(2) && !vector)) {
    return node.decline("it is no linear map of rows");
  }
  giveLinear(node, *rows, *weight, turned, vector ? bias : std::nullopt);
}

} // namespace

void addProductRules(Rules &rules) {
  rules["MatMul"] = matMul;
  rules["Gemm"] = gemm;
}

} // namespace clew::compiler

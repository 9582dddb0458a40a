// Rules of ops that make rows from other rows: pooling, windows, and rows by their numbers. Padding takes no part: it is replaced before
// anything is summed, so that not even a NaN in it reaches a result.
#include "compiler/onnx/ExportRules.h"

#include <limits>

using namespace mlir;

namespace clew::compiler {
namespace {

/// x with `value` in the rows of padding.
std::string filled(GraphExport &to, Value x, double value) {
  return to.onnx.op("Where", {to.levels.realColumn(nn::levelOf(x)), to.get(x), to.onnx.number(value)});
}

template <typename OpTy> void setPooled(OpTy op, const std::string &rows, GraphExport &to) {
  to.set(op.getY(), to.levels.asRowsAbove(nn::levelOf(op.getX()), rows, widthOf(op.getX())));
}

/// Rows x[e, index[e, i]] of each element above; data (e, places, w), index (e, n), n axes of it being left out -> (e, n, w).
std::string rowsAt(GraphExport &to, const std::string &data, const std::string &index, int64_t axes) {
  return to.onnx.op("GatherND", {data, to.onnx.unsqueeze(index, {axes})}, {integer("batch_dims", 1)});
}

LogicalResult first(nn::FirstOp op, GraphExport &to) {
  setPooled(op, to.onnx.op("Gather", {to.get(op.getX()), to.onnx.scalar(0)}, {integer("axis", 1)}), to);
  return success();
}

LogicalResult last(nn::LastOp op, GraphExport &to) {
  const std::string length = to.levels.lengths(nn::levelOf(op.getX()));
  const std::string index = to.onnx.op("Max", {to.onnx.op("Sub", {length, to.onnx.scalar(1)}), to.onnx.scalar(0)});
  setPooled(op, rowsAt(to, to.get(op.getX()), index, 1), to);
  return success();
}

LogicalResult mean(nn::MeanOp op, GraphExport &to) {
  const std::string sum =
      to.onnx.op("ReduceSum", {filled(to, op.getX(), 0), to.onnx.vector({1})}, {integer("keepdims", 0)});
  const std::string length = to.levels.lengths(nn::levelOf(op.getX()));
  const std::string count = to.onnx.cast(to.onnx.op("Max", {length, to.onnx.scalar(1)}), onnx::DataType::Float);
  setPooled(op, to.onnx.op("Div", {sum, to.onnx.unsqueeze(count, {1})}), to);
  return success();
}

LogicalResult max(nn::MaxOp op, GraphExport &to) {
  const std::string most = to.onnx.op("ReduceMax", {filled(to, op.getX(), -std::numeric_limits<double>::infinity())},
                                      {integers("axes", {1}), integer("keepdims", 0)});
  // What padding has none of is 0, not -infinity, which would become NaN on the way.
  const std::string some = to.onnx.op("Greater", {to.levels.lengths(nn::levelOf(op.getX())), to.onnx.scalar(0)});
  setPooled(op, to.onnx.op("Where", {to.onnx.unsqueeze(some, {1}), most, to.onnx.number(0)}), to);
  return success();
}

LogicalResult gather(nn::GatherOp op, GraphExport &to) {
  const std::string real = to.levels.real(nn::levelOf(op.getRows()));
  const std::string rows = to.onnx.op("Where", {real, to.get(op.getRows()), to.onnx.scalar(0)});
  to.set(op.getY(), rowsAt(to, to.get(op.getX()), rows, 2));
  return success();
}

/// Windows that stand at each row: `size` shifted copies side by side.
std::string plainWindows(nn::WindowOp op, const std::string &x, GraphExport &to) {
  const auto size = static_cast<int64_t>(op.getSize());
  const auto before = static_cast<int64_t>(op.getBefore());
  const std::string padded = to.onnx.op("Pad", {x, to.onnx.vector({0, before, 0, 0, size - 1 - before, 0})});
  SmallVector<std::string> parts;
  for (int64_t at = 0; at < size; ++at) {
    const int64_t end = at + 1 < size ? at + 1 - size : sliceToEnd;
    parts.push_back(to.onnx.slice(padded, to.onnx.vector({at}), to.onnx.vector({end}), 1));
  }
  return to.onnx.concat(parts, -1);
}

/// Windows that are moved inside of their element where they would reach beyond it.
std::string wholeWindows(nn::WindowOp op, const std::string &x, GraphExport &to) {
  const auto size = static_cast<int64_t>(op.getSize());
  nn::LevelAttr level = nn::levelOf(op.getX());
  const std::string padded = to.onnx.op("Pad", {x, to.onnx.vector({0, 0, 0, 0, size - 1, 0})});
  const std::string begins =
      to.onnx.op("Sub", {to.levels.counter(level), to.onnx.scalar(static_cast<int64_t>(op.getBefore()))});
  const std::string most = to.onnx.op("Sub", {to.onnx.unsqueeze(to.levels.lengths(level), {1}), to.onnx.scalar(size)});
  const std::string moved = to.onnx.op("Max", {to.onnx.op("Min", {begins, most}), to.onnx.scalar(0)});
  SmallVector<std::string> parts;
  for (int64_t at = 0; at < size; ++at) {
    parts.push_back(rowsAt(to, padded, to.onnx.op("Add", {moved, to.onnx.scalar(at)}), 2));
  }
  return to.onnx.concat(parts, -1);
}

LogicalResult window(nn::WindowOp op, GraphExport &to) {
  const std::string x = filled(to, op.getX(), 0);
  to.set(op.getY(), op.getWhole() ? wholeWindows(op, x, to) : plainWindows(op, x, to));
  return success();
}

} // namespace

void addPoolingRules(ExportRules &rules) {
  addRule<nn::FirstOp, first>(rules);
  addRule<nn::LastOp, last>(rules);
  addRule<nn::MeanOp, mean>(rules);
  addRule<nn::MaxOp, max>(rules);
  addRule<nn::GatherOp, gather>(rules);
  addRule<nn::WindowOp, window>(rules);
}

} // namespace clew::compiler

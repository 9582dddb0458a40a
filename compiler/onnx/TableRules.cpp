// Rules of ops that make rows of numbers and of tables.
#include "compiler/onnx/ExportRules.h"
#include "runtime/base/DistanceBuckets.h"
#include "runtime/base/Waves.h"

#include <fmt/format.h>

using namespace mlir;

namespace clew::compiler {
namespace {

LogicalResult positions(nn::PositionsOp op, GraphExport &to) {
  nn::LevelAttr level = nn::levelOf(op.getY());
  const std::string shape = to.onnx.op("Shape", {to.levels.real(level)});
  to.set(op.getY(), to.onnx.op("Expand", {to.levels.counter(level), shape}));
  return success();
}

LogicalResult embedding(nn::EmbeddingOp op, GraphExport &to) {
  std::string ids = to.get(op.getIds());
  if (op.getStart() != 0) {
    ids = to.onnx.op("Add", {ids, to.onnx.scalar(static_cast<int64_t>(op.getStart()))});
  }
  to.set(op.getY(), to.onnx.op("Gather", {to.get(op.getTable()), ids}, {integer("axis", 0)}));
  return success();
}

LogicalResult sinusoids(nn::SinusoidsOp op, GraphExport &to) {
  const auto count = static_cast<int64_t>(op.getCount());
  const auto width = static_cast<int64_t>(op.getWidth());
  const auto from = static_cast<int64_t>(op.getFrom());
  const auto step = static_cast<int64_t>(op.getStep());
  std::vector<float> values;
  std::vector<double> row(static_cast<size_t>(width));
  for (int64_t i = 0; i < count; ++i) {
    fillWaves(from + step * i, op.getInterleaved(), row);
    values.insert(values.end(), row.begin(), row.end());
  }
  to.set(op.getY(), to.onnx.numbers(values, {count, width}, fmt::format("constant/sinusoids_{}x{}", count, width)));
  return success();
}

LogicalResult row(nn::RowOp op, GraphExport &to) {
  const std::string index = to.onnx.scalar(static_cast<int64_t>(op.getIndex()));
  to.set(op.getY(), to.onnx.op("Gather", {to.get(op.getTable()), index}, {integer("axis", 0)}));
  return success();
}

LogicalResult buckets(nn::BucketsOp op, GraphExport &to) {
  const int64_t rows = cast<RankedTensorType>(op.getX().getType()).getDimSize(0);
  const auto furthest = static_cast<int64_t>(op.getFurthest());
  std::vector<int64_t> chosen;
  for (int64_t distance = -furthest; distance <= furthest; ++distance) {
    chosen.push_back(bucketOf(distance, rows, furthest, op.getCausal()));
  }
  to.set(op.getY(), to.onnx.op("Gather", {to.get(op.getX()), to.onnx.vector(chosen)}, {integer("axis", 0)}));
  return success();
}

} // namespace

void addTableRules(ExportRules &rules) {
  addRule<nn::PositionsOp, positions>(rules);
  addRule<nn::EmbeddingOp, embedding>(rules);
  addRule<nn::SinusoidsOp, sinusoids>(rules);
  addRule<nn::RowOp, row>(rules);
  addRule<nn::BucketsOp, buckets>(rules);
}

} // namespace clew::compiler

// Result types of the ops of training (NNGradientOps.td).
#include "compiler/nn/InferTypes.h"

using namespace mlir;
using namespace clew::nn;
using namespace clew::nn::infer;

namespace {

RankedTensorType numberOf(Type element) { return RankedTensorType::get({1, 1}, element); }

RankedTensorType vectorTypeOf(RankedTensorType matrix) {
  return RankedTensorType::get({matrix.getDimSize(1)}, matrix.getElementType());
}

/// Both matrices, if they have one level and one element type.
FailureOr<std::pair<RankedTensorType, RankedTensorType>> sameRows(MaybeLocation loc, StringRef op, Value x, Value y) {
  auto left = matrix(loc, op, "x", x);
  auto right = matrix(loc, op, "y", y);
  if (failed(left) || failed(right)) {
    return failure();
  }
  if (left->getDimSize(0) != right->getDimSize(0) || levelOf(*left) != levelOf(*right) ||
      left->getElementType() != right->getElementType()) {
    return LogicalResult(reject(loc, op, "operands must have the same rows, found ", *left, " and ", *right));
  }
  return std::pair(*left, *right);
}

/// The type with the rows that `offsets` cut.
FailureOr<RankedTensorType> heldRows(MaybeLocation loc, StringRef op, Value held, Value offsets) {
  auto dy = matrix(loc, op, "dy", held);
  OffsetsAttr cut = cutOf(offsets.getType());
  if (failed(dy)) {
    return failure();
  }
  if (LevelAttr level = levelOf(*dy); !cut || !level || level.getName() != cut.getParent()) {
    return LogicalResult(
        reject(loc, op, "offsets must cut elements out of the rows of ", *dy, ", found ", offsets.getType()));
  }
  return rowsOf(LevelAttr::get(held.getContext(), cut.getLevel()), dy->getDimSize(1), dy->getElementType());
}

LogicalResult inferLoss(MaybeLocation loc, StringRef op, Value x, Types &types) {
  auto type = matrix(loc, op, "x", x);
  if (failed(type)) {
    return failure();
  }
  types.append({numberOf(type->getElementType()), *type});
  return success();
}

LogicalResult labelsOf(MaybeLocation loc, StringRef op, Value x, Value labels) {
  LevelAttr level = levelOf(x);
  return level && labels.getType() == valuesOf(level)
             ? success()
             : reject(loc, op, "labels must be one i32 for each row of x, found ", labels.getType());
}

} // namespace

LogicalResult MatmulOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "matmul", "x", op.getX());
  auto weight = matrix(loc, "matmul", "weight", op.getWeight());
  if (failed(x) || failed(weight)) {
    return failure();
  }
  if (!weight->hasStaticShape() || x->getDimSize(1) != weight->getDimSize(0) ||
      x->getElementType() != weight->getElementType()) {
    return reject(loc, "matmul", "x (n, N) and weight (N, K) do not fit, found ", *x, " and ", *weight);
  }
  types.push_back(rowsOf(*x, weight->getDimSize(1), x->getElementType()));
  return success();
}

LogicalResult OuterSumOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto both = sameRows(loc, "outer_sum", op.getX(), op.getY());
  if (failed(both)) {
    return failure();
  }
  types.push_back(
      RankedTensorType::get({both->first.getDimSize(1), both->second.getDimSize(1)}, both->first.getElementType()));
  return success();
}

LogicalResult SumOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = dyn_cast<RankedTensorType>(op.getX().getType());
  if (!x) {
    return reject(loc, "sum", "x must be a tensor, found ", op.getX().getType());
  }
  types.push_back(RankedTensorType::get({1}, x.getElementType()));
  return success();
}

LogicalResult SumRowsOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "sum_rows", "x", op.getX());
  if (failed(x)) {
    return failure();
  }
  types.push_back(vectorTypeOf(*x));
  return success();
}

LogicalResult BatchNormGradientOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "batch_norm_gradient", "x", op.getX());
  if (failed(x)) {
    return failure();
  }
  types.append({*x, vectorTypeOf(*x), vectorTypeOf(*x)});
  return success();
}

LogicalResult PadOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = dyn_cast<RankedTensorType>(op.getX().getType());
  const auto begin = static_cast<int64_t>(op.getBegin());
  const auto width = static_cast<int64_t>(op.getWidth());
  if (!x || x.isDynamicDim(x.getRank() - 1) || begin < 0 || begin > width - x.getShape().back()) {
    return reject(loc, "pad", "columns from ", begin, " on are not all in ", width);
  }
  SmallVector<int64_t> shape(x.getShape());
  shape.back() = width;
  types.push_back(RankedTensorType::get(shape, x.getElementType(), x.getEncoding()));
  return success();
}

LogicalResult EmbeddingGradientOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto dy = matrix(loc, "embedding_gradient", "dy", op.getDy());
  if (failed(dy) || failed(labelsOf(loc, "embedding_gradient", op.getDy(), op.getIds()))) {
    return failure();
  }
  types.push_back(
      RankedTensorType::get({static_cast<int64_t>(op.getCount()), dy->getDimSize(1)}, dy->getElementType()));
  return success();
}

LogicalResult SpreadOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto held = heldRows(loc, "spread", op.getDy(), op.getOffsets());
  if (failed(held)) {
    return failure();
  }
  types.push_back(*held);
  return success();
}

LogicalResult MaxGradientOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto held = heldRows(loc, "max_gradient", op.getDy(), op.getOffsets());
  if (failed(held) || failed(matches(loc, "max_gradient", {{"x", op.getX(), *held}}))) {
    return failure();
  }
  types.push_back(*held);
  return success();
}

LogicalResult ShiftOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "shift", "x", op.getX());
  auto holder = failed(x) ? FailureOr<LevelAttr>() : holderOf(loc, "shift", *x, op.getOffsets());
  if (failed(holder)) {
    return failure();
  }
  if (Value initial = op.getInitial(); initial && initial.getType() != vectorTypeOf(*x) &&
                                       initial.getType() != rowsOf(*holder, x->getDimSize(1), x->getElementType())) {
    return reject(loc, "shift",
                  "what stands before the first row must be one row, or one for each element above, found ",
                  initial.getType());
  }
  types.push_back(*x);
  return success();
}

LogicalResult WindowGradientOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto dy = matrix(loc, "window_gradient", "dy", op.getDy());
  const auto size = static_cast<int64_t>(op.getSize());
  if (failed(dy) || failed(holderOf(loc, "window_gradient", *dy, op.getOffsets()))) {
    return failure();
  }
  if (size < 1 || dy->getDimSize(1) % size != 0) {
    return reject(loc, "window_gradient", dy->getDimSize(1), " columns are not those of ", size, " rows");
  }
  types.push_back(rowsOf(*dy, dy->getDimSize(1) / size, dy->getElementType()));
  return success();
}

LogicalResult AttentionGradientOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto q = matrix(loc, "attention_gradient", "q", op.getQ());
  auto v = matrix(loc, "attention_gradient", "v", op.getV());
  if (failed(q) || failed(v) ||
      failed(matches(loc, "attention_gradient",
                     {{"k", op.getK(), *q}, {"out", op.getOut(), *v}, {"dout", op.getDout(), *v}}))) {
    return failure();
  }
  // Where there is no such operand the result is like q, and nobody reads it.
  auto like = [&](Value operand) { return operand ? operand.getType() : Type(*q); };
  types.append({*q, *q, *v, like(op.getRelativeKeys()), like(op.getRelativeValues()), like(op.getRelativeQ())});
  return success();
}

LogicalResult RecurrenceGradientOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto gates = matrix(loc, "recurrence_gradient", "gates", op.getGates());
  auto y = matrix(loc, "recurrence_gradient", "y", op.getY());
  auto holder = failed(gates) || failed(y) ? FailureOr<LevelAttr>()
                                           : holderOf(loc, "recurrence_gradient", *gates, op.getOffsets());
  if (failed(holder)) {
    return failure();
  }
  const int64_t hidden = gates->getDimSize(1) / (op.getCell() == Cell::Gru ? 3 : 4);
  Type element = gates->getElementType();
  types.append({*gates, *gates, rowsOf(*gates, hidden, element), *y, rowsOf(*holder, y->getDimSize(1), element),
                rowsOf(*holder, hidden, element)});
  return success();
}

LogicalResult CrossEntropyOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  return failed(labelsOf(loc, "cross_entropy", op.getX(), op.getLabels()))
             ? failure()
             : inferLoss(loc, "cross_entropy", op.getX(), types);
}

LogicalResult CrfLossOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "crf_loss", "x", op.getX());
  if (failed(x) || failed(holderOf(loc, "crf_loss", *x, op.getOffsets())) ||
      failed(labelsOf(loc, "crf_loss", op.getX(), op.getLabels()))) {
    return failure();
  }
  const int64_t labels = x->getDimSize(1);
  auto square = RankedTensorType::get({labels, labels}, x->getElementType());
  auto vector = vectorTypeOf(*x);
  if (failed(matches(loc, "crf_loss",
                     {{"transitions", op.getTransitions(), square},
                      {"start", op.getStart(), vector},
                      {"end", op.getEnd(), vector}}))) {
    return failure();
  }
  types.append({numberOf(x->getElementType()), *x, square, vector, vector});
  return success();
}

LogicalResult MeanSquareOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  if (failed(matches(loc, "mean_square", {{"y", op.getY(), op.getX().getType()}})) ||
      failed(inferLoss(loc, "mean_square", op.getX(), types))) {
    return failure();
  }
  types.push_back(op.getX().getType());
  return success();
}

LogicalResult SoftCrossEntropyOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  return failed(matches(loc, "soft_cross_entropy", {{"y", op.getY(), op.getX().getType()}}))
             ? failure()
             : inferLoss(loc, "soft_cross_entropy", op.getX(), types);
}

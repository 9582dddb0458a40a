// Result types of the ops of nn, and all that operands must fulfil for them. Verifiers compare against these, so parsing and importing
// report the same words. Operands may be of any type here: nothing has been verified yet when an op is built. Attributes with a default may
// be absent (the parser fills them in later), so those are checked by verifiers (NN.cpp). Cells: InferCells.cpp.
#include "compiler/nn/InferTypes.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace clew::nn;
using namespace clew::nn::infer;

namespace {

LogicalResult inferBinary(MaybeLocation loc, StringRef op, Value x, Value y, Types &types) {
  auto left = matrix(loc, op, "x", x);
  if (failed(left)) {
    return failure();
  }
  auto row = RankedTensorType::get({left->getDimSize(1)}, left->getElementType());
  auto number = RankedTensorType::get({1}, left->getElementType());
  if (y.getType() != *left && y.getType() != row && y.getType() != number) {
    return reject(loc, op, "y must be ", *left, ", ", row, " or ", number, ", found ", y.getType());
  }
  types.push_back(*left);
  return success();
}

LogicalResult inferPooling(MaybeLocation loc, StringRef op, Value x, Value offsetsOfRows, Types &types) {
  auto rows = matrix(loc, op, "x", x);
  auto holder = failed(rows) ? FailureOr<LevelAttr>() : holderOf(loc, op, *rows, offsetsOfRows);
  if (failed(holder)) {
    return failure();
  }
  types.push_back(rowsOf(*holder, rows->getDimSize(1), rows->getElementType()));
  return success();
}

} // namespace

LogicalResult PositionsOp::inferReturnTypes(MLIRContext *context, MaybeLocation loc, Adaptor op, Types &types) {
  OffsetsAttr cut = cutOf(op.getOffsets().getType());
  if (!cut) {
    return reject(loc, "positions", "offsets must be tensor<?xi32> of offsets, found ", op.getOffsets().getType());
  }
  types.push_back(valuesOf(LevelAttr::get(context, cut.getLevel())));
  return success();
}

LogicalResult EmbeddingOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  if (!isValues(op.getIds().getType())) {
    return reject(loc, "embedding", "ids must be tensor<?xi32> of a level, found ", op.getIds().getType());
  }
  auto table = matrix(loc, "embedding", "table", op.getTable());
  if (failed(table)) {
    return failure();
  }
  types.push_back(rowsOf(levelOf(op.getIds()), table->getDimSize(1), table->getElementType()));
  return success();
}

LogicalResult LinearOp::inferReturnTypes(MLIRContext *context, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "linear", "x", op.getX());
  auto weight = matrix(loc, "linear", "weight", op.getWeight());
  if (failed(x) || failed(weight)) {
    return failure();
  }
  if (x->getElementType() != weight->getElementType()) {
    return reject(loc, "linear", "x and weight must have one element type, found ", x->getElementType(), " and ",
                  weight->getElementType());
  }
  if (x->getDimSize(1) != weight->getDimSize(1)) {
    return reject(loc, "linear", "x has ", x->getDimSize(1), " columns, but the weight takes ", weight->getDimSize(1));
  }
  Builder builder(context);
  bool integer = x->getElementType().isInteger(8);
  Type element = integer                       ? builder.getI32Type()
                 : x->getElementType().isF64() ? Type(builder.getF64Type())
                                               : Type(builder.getF32Type());
  if (integer && op.getBias()) {
    return reject(loc, "linear", "a product of i8 takes no bias: add it after nn.dequantize");
  }
  if (op.getBias() && failed(vectorOf(loc, "linear", "bias", op.getBias(), weight->getDimSize(0), element))) {
    return failure();
  }
  types.push_back(rowsOf(*x, weight->getDimSize(0), element));
  return success();
}

LogicalResult AddOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  return inferBinary(loc, "add", op.getX(), op.getY(), types);
}

LogicalResult SubtractOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  return inferBinary(loc, "subtract", op.getX(), op.getY(), types);
}

LogicalResult MultiplyOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  return inferBinary(loc, "multiply", op.getX(), op.getY(), types);
}

LogicalResult SoftmaxOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = dyn_cast<RankedTensorType>(op.getX().getType());
  if (x && x.getRank() == 1 && x.hasStaticShape()) {
    types.push_back(x);
    return success();
  }
  auto rows = matrix(loc, "softmax", "x", op.getX());
  if (failed(rows)) {
    return failure();
  }
  types.push_back(*rows);
  return success();
}

LogicalResult LayerNormOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "layer_norm", "x", op.getX());
  if (failed(x)) {
    return failure();
  }
  for (auto [name, value] : {std::pair{"weight", op.getWeight()}, {"bias", op.getBias()}}) {
    if (failed(vectorOf(loc, "layer_norm", name, value, x->getDimSize(1), x->getElementType()))) {
      return failure();
    }
  }
  types.push_back(*x);
  return success();
}

LogicalResult BatchNormOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "batch_norm", "x", op.getX());
  if (failed(x)) {
    return failure();
  }
  auto row = RankedTensorType::get({x->getDimSize(1)}, x->getElementType());
  if (failed(matches(loc, "batch_norm",
                     {{"weight", op.getWeight(), row},
                      {"bias", op.getBias(), row},
                      {"running_mean", op.getRunningMean(), row},
                      {"running_variance", op.getRunningVariance(), row}}))) {
    return failure();
  }
  types.push_back(*x);
  return success();
}

LogicalResult WindowOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "window", "x", op.getX());
  if (failed(x) || failed(holderOf(loc, "window", *x, op.getOffsets()))) {
    return failure();
  }
  auto size = static_cast<int64_t>(op.getSize());
  auto before = static_cast<int64_t>(op.getBefore());
  if (size < 1 || before < 0 || before >= size || size > INT32_MAX / x->getDimSize(1)) {
    return reject(loc, "window", "wants a size of at least 1 and before from 0 to size - 1, found size ", size,
                  ", before ", before);
  }
  types.push_back(rowsOf(*x, size * x->getDimSize(1), x->getElementType()));
  return success();
}

LogicalResult FirstOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  return inferPooling(loc, "first", op.getX(), op.getOffsets(), types);
}

LogicalResult LastOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  return inferPooling(loc, "last", op.getX(), op.getOffsets(), types);
}

LogicalResult MeanOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  return inferPooling(loc, "mean", op.getX(), op.getOffsets(), types);
}

LogicalResult MaxOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  return inferPooling(loc, "max", op.getX(), op.getOffsets(), types);
}

LogicalResult SinusoidsOp::inferReturnTypes(MLIRContext *context, MaybeLocation loc, Adaptor op, Types &types) {
  auto count = static_cast<int64_t>(op.getCount());
  auto width = static_cast<int64_t>(op.getWidth());
  if (count < 1 || width < 2 || width % 2 != 0) {
    return reject(loc, "sinusoids", "must have rows, and an even number of columns, found ", count, " x ", width);
  }
  types.push_back(RankedTensorType::get({count, width}, Float32Type::get(context)));
  return success();
}

LogicalResult BucketsOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "buckets", "x", op.getX());
  if (failed(x)) {
    return failure();
  }
  const auto furthest = static_cast<int64_t>(op.getFurthest());
  const int64_t buckets = x->hasStaticShape() ? x->getDimSize(0) / (op.getCausal() ? 1 : 2) : 0;
  if (buckets < 2 || (!op.getCausal() && x->getDimSize(0) % 2 != 0) || furthest <= buckets / 2 ||
      furthest > INT32_MAX) {
    return reject(loc, "buckets",
                  "wants a table of two buckets or more on each side, and furthest above half of them, "
                  "found ",
                  *x, " and furthest ", furthest);
  }
  types.push_back(RankedTensorType::get({2 * furthest + 1, x->getDimSize(1)}, x->getElementType()));
  return success();
}

LogicalResult RowOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto table = matrix(loc, "row", "table", op.getTable());
  if (failed(table)) {
    return failure();
  }
  auto index = static_cast<int64_t>(op.getIndex());
  if (!table->hasStaticShape() || index < 0 || index >= table->getDimSize(0)) {
    return reject(loc, "row", "there is no row ", index, " in ", *table);
  }
  types.push_back(rowOf(*table));
  return success();
}

/// A table with a row for each distance, as wide as a head (`columns` / `heads`) or as all of them; or none.
static LogicalResult checkDistances(MaybeLocation loc, StringRef name, Value table, RankedTensorType rows,
                                    int64_t heads) {
  auto type = table ? dyn_cast<RankedTensorType>(table.getType()) : RankedTensorType();
  if (!table) {
    return success();
  }
  const int64_t columns = rows.getDimSize(1);
  const bool fits = type && type.getRank() == 2 && type.hasStaticShape() && type.getDimSize(0) % 2 == 1 &&
                    type.getElementType() == rows.getElementType() &&
                    (type.getDimSize(1) == columns || type.getDimSize(1) == columns / heads);
  return fits ? success()
              : reject(loc, "attention", name, " must be a table of an odd number of rows, ", columns / heads, " or ",
                       columns, " columns wide, of the element type of q, found ", table.getType());
}

/// What attention reads of the tokens' segments: all of it, or nothing.
static LogicalResult checkSegments(MaybeLocation loc, AttentionOp::Adaptor op, RankedTensorType q, int64_t heads) {
  Value segments = op.getSegments();
  Value keys = op.getSegmentKeys();
  if (bool(segments) != bool(keys) || (op.getSegmentQ() && !segments)) {
    return reject(loc, "attention", "segments and segment_keys stand beside each other, segment_q beside them");
  }
  if (!segments) {
    return success();
  }
  if (segments.getType() != valuesOf(levelOf(q))) {
    return reject(loc, "attention", "segments must be values of the level of q, ", q, ", found ", segments.getType());
  }
  auto type = dyn_cast<RankedTensorType>(keys.getType());
  const int64_t columns = q.getDimSize(1);
  if (!type || type.getRank() != 2 || type.getDimSize(0) != 2 || type.getElementType() != q.getElementType() ||
      (type.getDimSize(1) != columns && type.getDimSize(1) != columns / heads)) {
    return reject(loc, "attention", "segment_keys must be two rows, ", columns / heads, " or ", columns,
                  " columns wide, of the element type of q, found ", keys.getType());
  }
  return !op.getSegmentQ() || op.getSegmentQ().getType() == q
             ? success()
             : reject(loc, "attention", "segment_q is like q, ", q, ", found ", op.getSegmentQ().getType());
}

LogicalResult AttentionOp::inferReturnTypes(MLIRContext *context, MaybeLocation loc, Adaptor op, Types &types) {
  auto q = matrix(loc, "attention", "q", op.getQ());
  if (failed(q) || failed(holderOf(loc, "attention", *q, op.getOffsets()))) {
    return failure();
  }
  auto v = matrix(loc, "attention", "v", op.getV());
  if (failed(v)) {
    return failure();
  }
  if (op.getK().getType() != *q) {
    return reject(loc, "attention", "k must be like q, ", *q, ", found ", op.getK().getType());
  }
  if (v->getElementType() != q->getElementType() || v->getDimSize(0) != q->getDimSize(0) ||
      levelOf(*v) != levelOf(*q)) {
    return reject(loc, "attention", "v must have the rows and the element type of q, ", *q, ", found ", *v);
  }
  auto heads = static_cast<int64_t>(op.getHeads());
  for (RankedTensorType type : {*q, *v}) {
    if (heads <= 0 || type.getDimSize(1) % heads != 0) {
      return reject(loc, "attention", type.getDimSize(1), " columns do not divide into ", heads, " heads");
    }
  }
  if (failed(checkDistances(loc, "relative_keys", op.getRelativeKeys(), *q, heads)) ||
      failed(checkDistances(loc, "relative_values", op.getRelativeValues(), *v, heads))) {
    return failure();
  }
  if (op.getRelativeQ() && (!op.getRelativeKeys() || op.getRelativeQ().getType() != *q)) {
    return reject(loc, "attention", "relative_q stands beside relative_keys and is like q, ", *q, ", found ",
                  op.getRelativeQ().getType());
  }
  Type element = q->getElementType().isBF16() ? Builder(context).getF32Type() : q->getElementType();
  if (Value biases = op.getRelativeBiases()) {
    auto type = dyn_cast<RankedTensorType>(biases.getType());
    if (!type || type.getRank() != 2 || type.getElementType() != element || type.getDimSize(1) != heads ||
        type.getDimSize(0) % 2 != 1) {
      return reject(loc, "attention", "relative_biases must be a table of an odd number of rows, ", heads,
                    " columns wide, of ", element, ", found ", biases.getType());
    }
  }
  if (failed(checkSegments(loc, op, *q, heads))) {
    return failure();
  }
  types.push_back(v->clone(element));
  types.push_back(RankedTensorType::get({q->getDimSize(0), heads, ShapedType::kDynamic}, element, q->getEncoding()));
  types.push_back(rowsOf(*q, heads, element));
  return success();
}

LogicalResult GatherOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "gather", "x", op.getX());
  if (failed(x)) {
    return failure();
  }
  LevelAttr level = levelOf(op.getRows().getType());
  if (!levelOf(*x) || !level) {
    return reject(loc, "gather", "takes rows of a level by values of a level, found ", *x, " and ",
                  op.getRows().getType());
  }
  types.push_back(rowsOf(level, x->getDimSize(1), x->getElementType()));
  return success();
}

LogicalResult ViterbiOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "viterbi", "x", op.getX());
  if (failed(x) || failed(holderOf(loc, "viterbi", *x, op.getOffsets()))) {
    return failure();
  }
  int64_t labels = x->getDimSize(1);
  Type element = x->getElementType();
  auto vector = RankedTensorType::get({labels}, element);
  if (failed(matches(loc, "viterbi",
                     {{"transitions", op.getTransitions(), RankedTensorType::get({labels, labels}, element)},
                      {"start", op.getStart(), vector},
                      {"end", op.getEnd(), vector}}))) {
    return failure();
  }
  types.push_back(*x);
  return success();
}

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  if (op.getInputs().empty()) {
    return reject(loc, "concat", "has no operands");
  }
  auto first = dyn_cast<RankedTensorType>(op.getInputs()[0].getType());
  auto axis = static_cast<int64_t>(op.getAxis());
  if (!first || axis < 0 || axis >= first.getRank()) {
    return reject(loc, "concat", "has no axis ", axis, " in ", op.getInputs()[0].getType());
  }
  SmallVector<int64_t> shape(first.getShape());
  shape[axis] = 0;
  for (Value input : op.getInputs()) {
    auto type = dyn_cast<RankedTensorType>(input.getType());
    if (!type || type.getRank() != first.getRank() || type.getElementType() != first.getElementType()) {
      return reject(loc, "concat", "cannot join ", first, " and ", input.getType());
    }
    for (int64_t dimension = 0; dimension < type.getRank(); ++dimension) {
      if ((dimension == axis ? type.isDynamicDim(axis) : type.getDimSize(dimension) != first.getDimSize(dimension)) ||
          type.getEncoding() != first.getEncoding()) {
        return reject(loc, "concat", "cannot join ", first, " and ", type, " along axis ", axis);
      }
    }
    shape[axis] += type.getDimSize(axis);
  }
  types.push_back(RankedTensorType::get(shape, first.getElementType(), first.getEncoding()));
  return success();
}

LogicalResult SliceOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = dyn_cast<RankedTensorType>(op.getX().getType());
  if (!x || x.getRank() == 0 || x.isDynamicDim(x.getRank() - 1)) {
    return reject(loc, "slice", "x must have static columns, found ", op.getX().getType());
  }
  auto begin = static_cast<int64_t>(op.getBegin());
  auto width = static_cast<int64_t>(op.getWidth());
  if (begin < 0 || width <= 0 || begin > x.getShape().back() - width) {
    return reject(loc, "slice", "columns ", begin, " to ", begin + width, " are not all in ", x);
  }
  SmallVector<int64_t> shape(x.getShape());
  shape.back() = width;
  types.push_back(RankedTensorType::get(shape, x.getElementType(), x.getEncoding()));
  return success();
}

LogicalResult QuantizeOp::inferReturnTypes(MLIRContext *context, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "quantize", "x", op.getX());
  if (failed(x)) {
    return failure();
  }
  types.push_back(rowsOf(*x, x->getDimSize(1), IntegerType::get(context, 8)));
  types.push_back(rowsOf(*x, 1, Float32Type::get(context)));
  return success();
}

LogicalResult DequantizeOp::inferReturnTypes(MLIRContext *context, MaybeLocation loc, Adaptor op, Types &types) {
  auto acc = matrix(loc, "dequantize", "acc", op.getAcc());
  if (failed(acc)) {
    return failure();
  }
  Type f32 = Float32Type::get(context);
  auto columns = RankedTensorType::get({acc->getDimSize(1), 1}, f32);
  if (op.getRowScale().getType() != rowsOf(*acc, 1, f32)) {
    return reject(loc, "dequantize", "row_scale must be ", rowsOf(*acc, 1, f32), ", found ",
                  op.getRowScale().getType());
  }
  if (op.getColumnScale().getType() != columns) {
    return reject(loc, "dequantize", "column_scale must be ", columns, ", found ", op.getColumnScale().getType());
  }
  types.push_back(rowsOf(*acc, acc->getDimSize(1), f32));
  return success();
}

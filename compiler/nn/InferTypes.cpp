// Result types of the ops of nn, and all that operands must fulfil for them. Verifiers compare against these, so parsing and importing
// report the same words. Operands may be of any type here: nothing has been verified yet when an op is built. Attributes with a default may
// be absent (the parser fills them in later), so those are checked by verifiers (NN.cpp).
#include "compiler/nn/NN.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace clew::nn;

namespace {

using MaybeLocation = std::optional<Location>;
using Types = SmallVectorImpl<Type>;

template <typename... Words> LogicalResult reject(MaybeLocation loc, StringRef op, Words &&...words) {
  return emitOptionalError(loc, "'nn.", op, "' op ", std::forward<Words>(words)...);
}

/// The type of `value` as a matrix with static columns, or failure with a message.
FailureOr<RankedTensorType> matrix(MaybeLocation loc, StringRef op, StringRef name, Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getRank() != 2 || type.isDynamicDim(1)) {
    return LogicalResult(reject(loc, op, name, " must be a matrix with static columns, found ", value.getType()));
  }
  if (type.isDynamicDim(0) && !levelOf(type)) {
    return LogicalResult(reject(loc, op, name, " must say what its rows run over, found ", type));
  }
  return type;
}

/// The level above that of the rows of `x`, which `offsets` cut.
FailureOr<LevelAttr> holderOf(MaybeLocation loc, StringRef op, RankedTensorType x, Value offsets) {
  OffsetsAttr cut = cutOf(offsets.getType());
  if (!cut) {
    return LogicalResult(reject(loc, op, "offsets must be tensor<?xi32> of offsets, found ", offsets.getType()));
  }
  if (LevelAttr level = levelOf(x); !level || level.getName() != cut.getLevel()) {
    return LogicalResult(
        reject(loc, op, "offsets cut ", cut.getLevel(), ", but the rows are ", x, ": expected those of one level"));
  }
  return LevelAttr::get(x.getContext(), cut.getParent());
}

/// `value` holds one `element` for each of `count` columns.
LogicalResult vectorOf(MaybeLocation loc, StringRef op, StringRef name, Value value, int64_t count, Type element) {
  auto expected = RankedTensorType::get({count}, element);
  return value.getType() == expected ? success()
                                     : reject(loc, op, name, " must be ", expected, ", found ", value.getType());
}

/// The type with `columns` columns of `element` in the rows of `like`.
RankedTensorType rowsOf(RankedTensorType like, int64_t columns, Type element) {
  return RankedTensorType::get({like.getDimSize(0), columns}, element, like.getEncoding());
}

RankedTensorType rowsOf(LevelAttr level, int64_t columns, Type element) {
  return RankedTensorType::get({ShapedType::kDynamic, columns}, element, level);
}

LogicalResult inferBinary(MaybeLocation loc, StringRef op, Value x, Value y, Types &types) {
  auto left = matrix(loc, op, "x", x);
  if (failed(left)) {
    return failure();
  }
  auto row = RankedTensorType::get({left->getDimSize(1)}, left->getElementType());
  if (y.getType() != *left && y.getType() != row) {
    return reject(loc, op, "y must be ", *left, " or ", row, ", found ", y.getType());
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

/// What an operand is called, what it is, and what it must be.
struct Expected {
  StringRef name;
  Value value;
  Type type;
};

LogicalResult matches(MaybeLocation loc, StringRef op, ArrayRef<Expected> operands) {
  for (const Expected &operand : operands) {
    if (operand.value.getType() != operand.type) {
      return reject(loc, op, operand.name, " must be ", operand.type, ", found ", operand.value.getType());
    }
  }
  return success();
}

/// Gates of a cell, one below the other in its weights.
int64_t gatesOf(Cell cell) {
  switch (cell) {
  case Cell::Lstm:
    return 4;
  case Cell::Gru:
    return 3;
  }
  llvm_unreachable("the dialect has no other");
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

LogicalResult MultiplyOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  return inferBinary(loc, "multiply", op.getX(), op.getY(), types);
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
  types.push_back(v->clone(element));
  types.push_back(RankedTensorType::get({q->getDimSize(0), heads, ShapedType::kDynamic}, element, q->getEncoding()));
  types.push_back(rowsOf(*q, heads, element));
  return success();
}

LogicalResult LstmOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "lstm", "x", op.getX());
  auto recurrent = matrix(loc, "lstm", "weight_hh", op.getWeightHh());
  auto holder = failed(x) || failed(recurrent) ? FailureOr<LevelAttr>() : holderOf(loc, "lstm", *x, op.getOffsets());
  if (failed(holder)) {
    return failure();
  }
  int64_t hidden = recurrent->getDimSize(1);
  Type element = x->getElementType();
  if (failed(matches(loc, "lstm",
                     {{"weight_hh", op.getWeightHh(), RankedTensorType::get({4 * hidden, hidden}, element)},
                      {"weight_ih", op.getWeightIh(), RankedTensorType::get({4 * hidden, x->getDimSize(1)}, element)},
                      {"bias", op.getBias(), RankedTensorType::get({4 * hidden}, element)}}))) {
    return failure();
  }
  types.append({rowsOf(*x, hidden, element), rowsOf(*holder, hidden, element), rowsOf(*holder, hidden, element)});
  return success();
}

LogicalResult GruOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "gru", "x", op.getX());
  auto recurrent = matrix(loc, "gru", "weight_hh", op.getWeightHh());
  auto holder = failed(x) || failed(recurrent) ? FailureOr<LevelAttr>() : holderOf(loc, "gru", *x, op.getOffsets());
  if (failed(holder)) {
    return failure();
  }
  int64_t hidden = recurrent->getDimSize(1);
  Type element = x->getElementType();
  auto bias = RankedTensorType::get({3 * hidden}, element);
  if (failed(matches(loc, "gru",
                     {{"weight_hh", op.getWeightHh(), RankedTensorType::get({3 * hidden, hidden}, element)},
                      {"weight_ih", op.getWeightIh(), RankedTensorType::get({3 * hidden, x->getDimSize(1)}, element)},
                      {"bias_ih", op.getBiasIh(), bias},
                      {"bias_hh", op.getBiasHh(), bias}}))) {
    return failure();
  }
  types.append({rowsOf(*x, hidden, element), rowsOf(*holder, hidden, element)});
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

LogicalResult RecurrenceOp::inferReturnTypes(MLIRContext *context, MaybeLocation loc, Adaptor op, Types &types) {
  auto gates = matrix(loc, "recurrence", "gates", op.getGates());
  auto weight = matrix(loc, "recurrence", "weight_hh", op.getWeightHh());
  auto holder =
      failed(gates) || failed(weight) ? FailureOr<LevelAttr>() : holderOf(loc, "recurrence", *gates, op.getOffsets());
  if (failed(holder)) {
    return failure();
  }
  int64_t hidden = weight->getDimSize(1);
  const Cell cell = op.getCell();
  int64_t rows = gatesOf(cell) * hidden;
  if (weight->getDimSize(0) != rows || gates->getDimSize(1) != rows) {
    return reject(loc, "recurrence", "expected gates (tokens, ", gatesOf(cell), "H) and weight_hh (", gatesOf(cell),
                  "H, H), found ", *gates, " and ", *weight);
  }
  if ((cell == Cell::Gru) != static_cast<bool>(op.getBias())) {
    return reject(loc, "recurrence", "a bias stands in a gru and in no other cell");
  }
  if (op.getBias() && failed(vectorOf(loc, "recurrence", "bias", op.getBias(), rows, gates->getElementType()))) {
    return failure();
  }
  bool integer = weight->getElementType().isInteger(8);
  if (integer != static_cast<bool>(op.getScales())) {
    return reject(loc, "recurrence", "scales stand beside an i8 weight_hh and no other");
  }
  auto scales = RankedTensorType::get({rows, 1}, Float32Type::get(context));
  if (integer && op.getScales().getType() != scales) {
    return reject(loc, "recurrence", "scales must be ", scales, ", found ", op.getScales().getType());
  }
  Type element = gates->getElementType();
  types.append({rowsOf(*gates, hidden, element), rowsOf(*holder, hidden, element), rowsOf(*holder, hidden, element)});
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

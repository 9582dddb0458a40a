// Result types of recurrent cells: nn.lstm, nn.gru and nn.recurrence.
#include "compiler/nn/InferTypes.h"

using namespace mlir;
using namespace clew::nn;
using namespace clew::nn::infer;

namespace {

/// What a recurrence begins with, if it is given: a row for each that `holder` has, or one for all.
LogicalResult initialState(MaybeLocation loc, StringRef op, const Expected &state, LevelAttr holder) {
  const auto row = cast<RankedTensorType>(state.type);
  const Type rows = rowsOf(holder, row.getDimSize(0), row.getElementType());
  if (!state.value || state.value.getType() == rows || state.value.getType() == row) {
    return success();
  }
  return reject(loc, op, state.name, " must be ", rows, " or ", row, ", found ", state.value.getType());
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

/// The element type of a recurrence's weights, and the scales that stand beside i8.
LogicalResult weightAndScales(MaybeLocation loc, StringRef name, Value weight, Value scales, int64_t rows) {
  const bool integer = cast<RankedTensorType>(weight.getType()).getElementType().isInteger(8);
  if (integer != static_cast<bool>(scales)) {
    return reject(loc, "recurrence", "scales stand beside an i8 ", name, " and no other");
  }
  auto expected = RankedTensorType::get({rows, 1}, Float32Type::get(weight.getContext()));
  if (integer && scales.getType() != expected) {
    return reject(loc, "recurrence", "scales must be ", expected, ", found ", scales.getType());
  }
  return success();
}

} // namespace

LogicalResult LstmOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto x = matrix(loc, "lstm", "x", op.getX());
  auto recurrent = matrix(loc, "lstm", "weight_hh", op.getWeightHh());
  auto projection = op.getWeightHr() ? matrix(loc, "lstm", "weight_hr", op.getWeightHr()) : recurrent;
  auto holder = failed(x) || failed(recurrent) || failed(projection) ? FailureOr<LevelAttr>()
                                                                     : holderOf(loc, "lstm", *x, op.getOffsets());
  if (failed(holder)) {
    return failure();
  }
  int64_t outputs = recurrent->getDimSize(1);
  int64_t hidden = projection->getDimSize(1);
  Type element = x->getElementType();
  if (failed(matches(loc, "lstm",
                     {{"weight_hh", op.getWeightHh(), RankedTensorType::get({4 * hidden, outputs}, element)},
                      {"weight_ih", op.getWeightIh(), RankedTensorType::get({4 * hidden, x->getDimSize(1)}, element)},
                      {"bias", op.getBias(), RankedTensorType::get({4 * hidden}, element)}})) ||
      (op.getWeightHr() &&
       failed(matches(loc, "lstm",
                      {{"weight_hr", op.getWeightHr(), RankedTensorType::get({outputs, hidden}, element)}}))) ||
      failed(initialState(loc, "lstm", {"h_0", op.getH_0(), RankedTensorType::get({outputs}, element)}, *holder)) ||
      failed(initialState(loc, "lstm", {"c_0", op.getC_0(), RankedTensorType::get({hidden}, element)}, *holder))) {
    return failure();
  }
  if (static_cast<bool>(op.getH_0()) != static_cast<bool>(op.getC_0())) {
    return reject(loc, "lstm", "h_0 and c_0 stand together");
  }
  types.append({rowsOf(*x, outputs, element), rowsOf(*holder, outputs, element), rowsOf(*holder, hidden, element)});
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
                      {"bias_hh", op.getBiasHh(), bias}})) ||
      failed(initialState(loc, "gru", {"h_0", op.getH_0(), RankedTensorType::get({hidden}, element)}, *holder))) {
    return failure();
  }
  types.append({rowsOf(*x, hidden, element), rowsOf(*holder, hidden, element)});
  return success();
}

LogicalResult RecurrenceOp::inferReturnTypes(MLIRContext *, MaybeLocation loc, Adaptor op, Types &types) {
  auto gates = matrix(loc, "recurrence", "gates", op.getGates());
  auto weight = matrix(loc, "recurrence", "weight_hh", op.getWeightHh());
  auto projection = op.getWeightHr() ? matrix(loc, "recurrence", "weight_hr", op.getWeightHr()) : weight;
  auto holder = failed(gates) || failed(weight) || failed(projection)
                    ? FailureOr<LevelAttr>()
                    : holderOf(loc, "recurrence", *gates, op.getOffsets());
  if (failed(holder)) {
    return failure();
  }
  int64_t outputs = weight->getDimSize(1);
  int64_t hidden = projection->getDimSize(1);
  const Cell cell = op.getCell();
  int64_t rows = gatesOf(cell) * hidden;
  if (weight->getDimSize(0) != rows || gates->getDimSize(1) != rows) {
    return reject(loc, "recurrence", "expected gates (tokens, ", gatesOf(cell), "H) and weight_hh (", gatesOf(cell),
                  "H, H), found ", *gates, " and ", *weight);
  }
  if ((cell == Cell::Gru) != static_cast<bool>(op.getBias())) {
    return reject(loc, "recurrence", "a bias stands in a gru and in no other cell");
  }
  Type element = gates->getElementType();
  if ((op.getBias() && failed(vectorOf(loc, "recurrence", "bias", op.getBias(), rows, element))) ||
      failed(weightAndScales(loc, "weight_hh", op.getWeightHh(), op.getScales(), rows))) {
    return failure();
  }
  if (op.getWeightHr() &&
      (failed(matches(
           loc, "recurrence",
           {{"weight_hr", op.getWeightHr(), RankedTensorType::get({outputs, hidden}, weight->getElementType())}})) ||
       failed(weightAndScales(loc, "weight_hr", op.getWeightHr(), op.getProjectionScales(), outputs)))) {
    return failure();
  }
  if (failed(
          initialState(loc, "recurrence", {"h_0", op.getH_0(), RankedTensorType::get({outputs}, element)}, *holder)) ||
      failed(
          initialState(loc, "recurrence", {"c_0", op.getC_0(), RankedTensorType::get({hidden}, element)}, *holder))) {
    return failure();
  }
  types.append({rowsOf(*gates, outputs, element), rowsOf(*holder, outputs, element), rowsOf(*holder, hidden, element)});
  return success();
}

// What ops say of themselves beyond NNInterfaces.td's one-liners: the cost of products, and attributes in the form of runtime/ref.
#include "compiler/nn/NN.h"

#include <algorithm>

using namespace mlir;
using namespace clew::nn;

namespace {

int64_t elementsOf(Value value) { return cast<RankedTensorType>(value.getType()).getNumElements(); }
int64_t columnsOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape().back(); }

/// Elements of parameters that may be missing.
int64_t elementsIfAny(Value value) { return value ? elementsOf(value) : 0; }

RefAttributes attributesOfLstm(double outputs, auto op) {
  return {{"hidden", outputs},
          {"reverse", op.getReverse() ? 1.0 : 0.0},
          {"projection", op.getWeightHr() ? 1.0 : 0.0},
          {"cell_clip", op.getCellClip().convertToDouble()},
          {"projection_clip", op.getProjectionClip().convertToDouble()}};
}

RefAttributes attributesOfGru(double outputs, auto op) {
  return {{"hidden", outputs},
          {"reverse", op.getReverse() ? 1.0 : 0.0},
          {"reset_before", op.getResetBefore() ? 1.0 : 0.0},
          {"update_new", op.getUpdateNew() ? 1.0 : 0.0}};
}

/// Pairs of tokens i, j of which i looks at j.
int64_t pairsSeen(AttentionOp op, int64_t tokens) {
  const auto window = static_cast<int64_t>(op.getWindow());
  const int64_t reach = window > 0 ? std::min(window, tokens) : tokens; // on one side, i itself included
  const int64_t oneSide = reach * tokens - reach * (reach - 1) / 2;
  return op.getCausal() ? oneSide : 2 * oneSide - tokens;
}

} // namespace

int64_t LinearOp::multiplyAdds(int64_t tokens) {
  return (knownRowExtent(getX()) == RowExtent::Tokens ? tokens : 1) * elementsOf(getWeight());
}

int64_t AttentionOp::multiplyAdds(int64_t tokens) {
  return pairsSeen(*this, tokens) * (columnsOf(getQ()) + columnsOf(getV()));
}

int64_t LstmOp::multiplyAdds(int64_t tokens) {
  return tokens * (elementsOf(getWeightIh()) + elementsOf(getWeightHh()) + elementsIfAny(getWeightHr()));
}

int64_t GruOp::multiplyAdds(int64_t tokens) { return tokens * (elementsOf(getWeightIh()) + elementsOf(getWeightHh())); }

int64_t RecurrenceOp::multiplyAdds(int64_t tokens) {
  return tokens * (elementsOf(getWeightHh()) + elementsIfAny(getWeightHr()));
}

RefAttributes LayerNormOp::refAttributes() { return {{"eps", getEps().convertToDouble()}}; }

RefAttributes EmbeddingOp::refAttributes() { return {{"start", static_cast<double>(getStart())}}; }

RefAttributes L2NormalizeOp::refAttributes() { return {{"eps", getEps().convertToDouble()}}; }

RefAttributes AttentionOp::refAttributes() {
  return {{"heads", static_cast<double>(getHeads())},
          {"scale", getScale().convertToDouble()},
          {"causal", getCausal() ? 1.0 : 0.0},
          {"window", static_cast<double>(getWindow())}};
}

RefAttributes LstmOp::refAttributes() { return attributesOfLstm(columnsOf(getWeightHh()), *this); }

RefAttributes GruOp::refAttributes() { return attributesOfGru(columnsOf(getWeightHh()), *this); }

RefAttributes RecurrenceOp::refAttributes() {
  const auto outputs = static_cast<double>(columnsOf(getWeightHh()));
  RefAttributes attributes =
      getCell() == Cell::Gru ? attributesOfGru(outputs, *this) : attributesOfLstm(outputs, *this);
  attributes.push_back({"gru", getCell() == Cell::Gru ? 1.0 : 0.0});
  attributes.push_back({"initial", getH_0() ? 1.0 : 0.0});
  return attributes;
}

RefAttributes BatchNormOp::refAttributes() { return {{"eps", getEps().convertToDouble()}}; }

RefAttributes WindowOp::refAttributes() {
  return {{"size", static_cast<double>(getSize())}, {"before", static_cast<double>(getBefore())}};
}

RefAttributes DropoutOp::refAttributes() { return {{"rate", getRate().convertToDouble()}}; }

RefAttributes SliceOp::refAttributes() { return {{"begin", static_cast<double>(getBegin())}}; }

/// A vector is one row at run time: what lies along its only axis lies along the columns.
RefAttributes ConcatOp::refAttributes() {
  const bool vectors = cast<RankedTensorType>(getType()).getRank() == 1;
  return {{"axis", vectors ? 1.0 : static_cast<double>(getAxis())}};
}

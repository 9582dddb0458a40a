// What ops say of themselves beyond NNInterfaces.td's one-liners: the cost of products, and attributes in the form of runtime/ref.
#include "compiler/nn/NN.h"

#include "runtime/ref/Activations.h"

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

RefAttributes attributesOfAttention(auto op) {
  return {{"heads", static_cast<double>(op.getHeads())},
          {"scale", op.getScale().convertToDouble()},
          {"causal", op.getCausal() ? 1.0 : 0.0},
          {"window", static_cast<double>(op.getWindow())},
          {"relative", (op.getRelativeKeys() ? 1.0 : 0.0) + (op.getRelativeValues() ? 2.0 : 0.0) +
                           (op.getRelativeQ() ? 4.0 : 0.0)}};
}

/// Pairs of elements i, j of one of the level above of which i looks at j.
int64_t pairsSeen(AttentionOp op, int64_t elements) {
  const auto window = static_cast<int64_t>(op.getWindow());
  const int64_t reach = window > 0 ? std::min(window, elements) : elements; // on one side, i itself included
  const int64_t oneSide = reach * elements - reach * (reach - 1) / 2;
  return op.getCausal() ? oneSide : 2 * oneSide - elements;
}

int64_t rowsOf(Value value, const LevelCounts &counts) {
  LevelAttr level = levelOf(value);
  return level ? counts.lookup(level.getName()) : cast<RankedTensorType>(value.getType()).getDimSize(0);
}

} // namespace

int64_t LinearOp::multiplyAdds(const LevelCounts &counts) { return rowsOf(getX(), counts) * elementsOf(getWeight()); }

int64_t AttentionOp::multiplyAdds(const LevelCounts &counts) {
  const int64_t holders = counts.lookup(cutOf(getOffsets().getType()).getParent());
  const int64_t each = holders > 0 ? rowsOf(getQ(), counts) / holders : 0;
  const int64_t keys = columnsOf(getQ()) * (getRelativeKeys() ? 2 : 1);
  const int64_t values = columnsOf(getV()) * (getRelativeValues() ? 2 : 1);
  return holders * pairsSeen(*this, each) * (keys + values);
}

int64_t LstmOp::multiplyAdds(const LevelCounts &counts) {
  return rowsOf(getX(), counts) *
         (elementsOf(getWeightIh()) + elementsOf(getWeightHh()) + elementsIfAny(getWeightHr()));
}

int64_t GruOp::multiplyAdds(const LevelCounts &counts) {
  return rowsOf(getX(), counts) * (elementsOf(getWeightIh()) + elementsOf(getWeightHh()));
}

int64_t RecurrenceOp::multiplyAdds(const LevelCounts &counts) {
  return rowsOf(getGates(), counts) * (elementsOf(getWeightHh()) + elementsIfAny(getWeightHr()));
}

RefAttributes LayerNormOp::refAttributes() { return {{"eps", getEps().convertToDouble()}}; }

RefAttributes EmbeddingOp::refAttributes() { return {{"start", static_cast<double>(getStart())}}; }

RefAttributes L2NormalizeOp::refAttributes() { return {{"eps", getEps().convertToDouble()}}; }

RefAttributes AttentionOp::refAttributes() {
  RefAttributes attributes = attributesOfAttention(*this);
  attributes.back().second += getRelativeBiases() ? 8.0 : 0.0;
  attributes.push_back({"segments", (getSegments() ? 1.0 : 0.0) + (getSegmentQ() ? 2.0 : 0.0)});
  return attributes;
}

RefAttributes SinusoidsOp::refAttributes() {
  return {{"from", static_cast<double>(static_cast<int64_t>(getFrom()))},
          {"step", static_cast<double>(static_cast<int64_t>(getStep()))},
          {"interleaved", getInterleaved() ? 1.0 : 0.0}};
}

RefAttributes BucketsOp::refAttributes() {
  return {{"furthest", static_cast<double>(getFurthest())}, {"causal", getCausal() ? 1.0 : 0.0}};
}

RefAttributes RowOp::refAttributes() { return {{"index", static_cast<double>(getIndex())}}; }

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

RefAttributes ViterbiOp::refAttributes() { return {{"moves", static_cast<double>(getMoves())}}; }

RefAttributes ScaleOp::refAttributes() { return {{"factor", getFactor().convertToDouble()}}; }

RefAttributes BatchNormOp::refAttributes() { return {{"eps", getEps().convertToDouble()}}; }

RefAttributes WindowOp::refAttributes() {
  return {{"size", static_cast<double>(getSize())},
          {"before", static_cast<double>(getBefore())},
          {"whole", getWhole() ? 1.0 : 0.0}};
}

RefAttributes DropoutOp::refAttributes() { return {{"rate", getRate().convertToDouble()}}; }

RefAttributes SliceOp::refAttributes() { return {{"begin", static_cast<double>(getBegin())}}; }

/// A vector is one row at run time: what lies along its only axis lies along the columns.
RefAttributes ConcatOp::refAttributes() {
  const bool vectors = cast<RankedTensorType>(getType()).getRank() == 1;
  return {{"axis", vectors ? 1.0 : static_cast<double>(getAxis())}};
}

// Of training.

int64_t MatmulOp::multiplyAdds(const LevelCounts &counts) { return rowsOf(getX(), counts) * elementsOf(getWeight()); }

int64_t OuterSumOp::multiplyAdds(const LevelCounts &counts) { return rowsOf(getX(), counts) * elementsOf(getZ()); }

RefAttributes FillOp::refAttributes() { return {{"value", getValue().convertToDouble()}}; }

RefAttributes DerivativeOp::refAttributes() {
  return {{"function", static_cast<double>(*clew::ref::activationNumber(getFunction()))}};
}

RefAttributes StandardizeOp::refAttributes() { return {{"eps", getEps().convertToDouble()}}; }
RefAttributes LayerNormGradientOp::refAttributes() { return {{"eps", getEps().convertToDouble()}}; }
RefAttributes BatchNormGradientOp::refAttributes() { return {{"eps", getEps().convertToDouble()}}; }
RefAttributes L2NormalizeGradientOp::refAttributes() { return {{"eps", getEps().convertToDouble()}}; }
RefAttributes PadOp::refAttributes() { return {{"begin", static_cast<double>(getBegin())}}; }

RefAttributes DropOp::refAttributes() {
  return {{"rate", getRate().convertToDouble()}, {"site", static_cast<double>(getSite())}};
}

RefAttributes EmbeddingGradientOp::refAttributes() { return {{"start", static_cast<double>(getStart())}}; }
RefAttributes SpreadOp::refAttributes() { return {{"pool", static_cast<double>(getPool())}}; }
RefAttributes ShiftOp::refAttributes() { return {{"reverse", getReverse() ? 1.0 : 0.0}}; }

RefAttributes WindowGradientOp::refAttributes() {
  return {{"size", static_cast<double>(getSize())},
          {"before", static_cast<double>(getBefore())},
          {"whole", getWhole() ? 1.0 : 0.0}};
}

RefAttributes AttentionGradientOp::refAttributes() { return attributesOfAttention(*this); }

RefAttributes RecurrenceGradientOp::refAttributes() {
  const auto outputs = static_cast<double>(columnsOf(getWeightHh()));
  const bool gru = getCell() == Cell::Gru;
  RefAttributes attributes = gru ? attributesOfGru(outputs, *this) : attributesOfLstm(outputs, *this);
  attributes.append({{"gru", gru ? 1.0 : 0.0},
                     {"initial", getH_0() ? 1.0 : 0.0},
                     {"given", (getDy() ? 1.0 : 0.0) + (getDhN() ? 2.0 : 0.0) + (getDcN() ? 4.0 : 0.0)}});
  return attributes;
}

RefAttributes CrossEntropyOp::refAttributes() { return {{"smoothing", getSmoothing().convertToDouble()}}; }
RefAttributes CrfLossOp::refAttributes() { return {{"by_token", getByToken() ? 1.0 : 0.0}}; }

RefAttributes SoftCrossEntropyOp::refAttributes() {
  return {{"temperature", getTemperature().convertToDouble()}, {"divergence", getDivergence() ? 1.0 : 0.0}};
}

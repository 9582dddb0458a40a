// The gradient of each op by its operands, for a number that the graph computes. dy stands for the gradient of that number by y.
#include "compiler/nn/Gradients.h"

using namespace mlir;
using namespace clew::nn;

LogicalResult clew::nn::differentiateActivation(Operation *op, Gradients &gradients) {
  Value x = op->getOperand(0);
  gradients.add(x, DerivativeOp::create(gradients.builder, op->getLoc(), op->getName().stripDialect(), x,
                                        gradients.of(op->getResult(0))));
  return success();
}

namespace {

Value sumRows(Gradients &gradients, Value matrix) {
  return SumRowsOp::create(gradients.builder, matrix.getLoc(), matrix);
}

/// For an operand that is like x, a vector that was used in each row, or a number that was used in each element.
Value likeOperand(Gradients &gradients, Value operand, Value gradient) {
  if (operand.getType() == gradient.getType()) {
    return gradient;
  }
  Value sums = sumRows(gradients, gradient);
  return operand.getType() == sums.getType() ? sums : Value(SumOp::create(gradients.builder, gradient.getLoc(), sums));
}

LogicalResult spread(Operation *op, Pool pool, Gradients &gradients) {
  gradients.add(op->getOperand(0), SpreadOp::create(gradients.builder, op->getLoc(), pool,
                                                    gradients.of(op->getResult(0)), op->getOperand(1)));
  return success();
}

} // namespace

//===-------------------------------------------------------------------------------------------------------------------===//
// Row by row
//===-------------------------------------------------------------------------------------------------------------------===//

LogicalResult EmbeddingOp::differentiate(Gradients &gradients) {
  const int64_t count = cast<RankedTensorType>(getTable().getType()).getDimSize(0);
  gradients.add(getTable(), EmbeddingGradientOp::create(gradients.builder, getLoc(), getIds(), gradients.of(getY()),
                                                        count, getStart()));
  return success();
}

LogicalResult LinearOp::differentiate(Gradients &gradients) {
  Value dy = gradients.of(getY());
  if (gradients.wants(getX())) {
    gradients.add(getX(), MatmulOp::create(gradients.builder, getLoc(), dy, getWeight()));
  }
  if (gradients.wants(getWeight())) {
    gradients.add(getWeight(), OuterSumOp::create(gradients.builder, getLoc(), dy, getX()));
  }
  if (gradients.wants(getBias())) {
    gradients.add(getBias(), sumRows(gradients, dy));
  }
  return success();
}

LogicalResult AddOp::differentiate(Gradients &gradients) {
  Value dz = gradients.of(getZ());
  gradients.add(getX(), dz);
  if (gradients.wants(getY())) {
    gradients.add(getY(), likeOperand(gradients, getY(), dz));
  }
  return success();
}

LogicalResult SubtractOp::differentiate(Gradients &gradients) {
  Value dz = gradients.of(getZ());
  gradients.add(getX(), dz);
  if (gradients.wants(getY())) {
    Value turned = ScaleOp::create(gradients.builder, getLoc(), dz, llvm::APFloat(-1.0));
    gradients.add(getY(), likeOperand(gradients, getY(), turned));
  }
  return success();
}

LogicalResult MultiplyOp::differentiate(Gradients &gradients) {
  Value dz = gradients.of(getZ());
  if (gradients.wants(getX())) {
    gradients.add(getX(), MultiplyOp::create(gradients.builder, getLoc(), dz, getY()));
  }
  if (gradients.wants(getY())) {
    gradients.add(getY(), likeOperand(gradients, getY(), MultiplyOp::create(gradients.builder, getLoc(), dz, getX())));
  }
  return success();
}

LogicalResult SoftmaxOp::differentiate(Gradients &gradients) {
  gradients.add(getX(), SoftmaxGradientOp::create(gradients.builder, getLoc(), getY(), gradients.of(getY())));
  return success();
}

LogicalResult ScaleOp::differentiate(Gradients &gradients) {
  gradients.add(getX(), ScaleOp::create(gradients.builder, getLoc(), gradients.of(getY()), getFactor()));
  return success();
}

LogicalResult L2NormalizeOp::differentiate(Gradients &gradients) {
  gradients.add(getX(),
                L2NormalizeGradientOp::create(gradients.builder, getLoc(), getX(), gradients.of(getY()), getEps()));
  return success();
}

LogicalResult LayerNormOp::differentiate(Gradients &gradients) {
  Value dy = gradients.of(getY());
  if (gradients.wants(getX())) {
    gradients.add(getX(), LayerNormGradientOp::create(gradients.builder, getLoc(), getX(), getWeight(), dy, getEps()));
  }
  if (gradients.wants(getWeight())) {
    Value standard = StandardizeOp::create(gradients.builder, getLoc(), getX(), getEps());
    gradients.add(getWeight(), sumRows(gradients, MultiplyOp::create(gradients.builder, getLoc(), dy, standard)));
  }
  if (gradients.wants(getBias())) {
    gradients.add(getBias(), sumRows(gradients, dy));
  }
  return success();
}

/// What training saw of the columns is no parameter that gradients reach: running_mean and running_var stay as they are.
LogicalResult BatchNormOp::differentiate(Gradients &gradients) {
  auto made = BatchNormGradientOp::create(gradients.builder, getLoc(), getX(), getWeight(), getRunningMean(),
                                          getRunningVariance(), gradients.of(getY()), getEps());
  gradients.add(getX(), made.getDx());
  gradients.add(getWeight(), made.getDweight());
  gradients.add(getBias(), made.getDbias());
  return success();
}

LogicalResult ConcatOp::differentiate(Gradients &gradients) {
  const auto rank = cast<RankedTensorType>(getY().getType()).getRank();
  if (static_cast<int64_t>(getAxis()) != rank - 1) {
    return failure(); // only passes put rows together
  }
  int64_t begin = 0;
  for (Value input : getInputs()) {
    const int64_t width = cast<RankedTensorType>(input.getType()).getShape().back();
    if (gradients.wants(input)) {
      gradients.add(input, SliceOp::create(gradients.builder, getLoc(), gradients.of(getY()), begin, width));
    }
    begin += width;
  }
  return success();
}

LogicalResult SliceOp::differentiate(Gradients &gradients) {
  const int64_t width = cast<RankedTensorType>(getX().getType()).getShape().back();
  gradients.add(getX(), PadOp::create(gradients.builder, getLoc(), gradients.of(getY()), getBegin(), width));
  return success();
}

LogicalResult CastOp::differentiate(Gradients &gradients) {
  gradients.add(getX(), CastOp::create(gradients.builder, getLoc(), getX().getType(), gradients.of(getY())));
  return success();
}

LogicalResult DropOp::differentiate(Gradients &gradients) {
  gradients.add(getX(),
                DropOp::create(gradients.builder, getLoc(), gradients.of(getY()), getBits(), getRate(), getSite()));
  return success();
}

//===-------------------------------------------------------------------------------------------------------------------===//
// Across rows
//===-------------------------------------------------------------------------------------------------------------------===//

LogicalResult FirstOp::differentiate(Gradients &gradients) { return spread(*this, Pool::First, gradients); }
LogicalResult LastOp::differentiate(Gradients &gradients) { return spread(*this, Pool::Last, gradients); }
LogicalResult MeanOp::differentiate(Gradients &gradients) { return spread(*this, Pool::Mean, gradients); }

LogicalResult MaxOp::differentiate(Gradients &gradients) {
  gradients.add(getX(), MaxGradientOp::create(gradients.builder, getLoc(), getX(), gradients.of(getY()), getOffsets()));
  return success();
}

LogicalResult WindowOp::differentiate(Gradients &gradients) {
  gradients.add(getX(), WindowGradientOp::create(gradients.builder, getLoc(), gradients.of(getY()), getOffsets(),
                                                 getSize(), getBefore(), getWhole()));
  return success();
}

LogicalResult AttentionOp::differentiate(Gradients &gradients) {
  const bool others = getRelativeBiases() || getSegments(); // XLNet's and T5's: inference alone so far
  if (others || gradients.of(getScores()) || gradients.of(getLse()) || !gradients.of(getOut())) {
    return failure();
  }
  auto made = AttentionGradientOp::create(gradients.builder, getLoc(), getQ(), getK(), getV(), getOffsets(),
                                          getRelativeKeys(), getRelativeValues(), getRelativeQ(), getOut(), getLse(),
                                          gradients.of(getOut()), getHeads(), getScale(), getCausal(), getWindow());
  for (auto [operand, gradient] : {std::pair{getQ(), made.getDq()},
                                   {getK(), made.getDk()},
                                   {getV(), made.getDv()},
                                   {getRelativeKeys(), made.getDrelativeKeys()},
                                   {getRelativeValues(), made.getDrelativeValues()},
                                   {getRelativeQ(), made.getDrelativeQ()}}) {
    if (operand) {
      gradients.add(operand, gradient);
    }
  }
  return success();
}

/// Of a state that the sequences began with: a row each, or one for all.
static void addInitial(Gradients &gradients, Value state, Value gradient) {
  if (gradients.wants(state)) {
    gradients.add(state, likeOperand(gradients, state, gradient));
  }
}

/// Rows of the weights' gradient are those of its products; the third gate of a GRU with reset_before multiplies something else than h.
static Value weightGradient(RecurrenceOp op, Gradients &gradients, RecurrenceGradientOp made) {
  OpBuilder &builder = gradients.builder;
  Value before = ShiftOp::create(builder, op.getLoc(), op.getY(), op.getOffsets(), op.getH_0(), op.getReverse());
  if (!op.getResetBefore()) {
    return OuterSumOp::create(builder, op.getLoc(), made.getDproducts(), before);
  }
  const int64_t hidden = cast<RankedTensorType>(op.getY().getType()).getDimSize(1);
  Value gates = SliceOp::create(builder, op.getLoc(), made.getDproducts(), 0, 2 * hidden);
  Value fresh = SliceOp::create(builder, op.getLoc(), made.getDproducts(), 2 * hidden, hidden);
  Value parts[] = {OuterSumOp::create(builder, op.getLoc(), gates, before),
                   OuterSumOp::create(builder, op.getLoc(), fresh, made.getFed())};
  return ConcatOp::create(builder, op.getLoc(), parts, 0);
}

LogicalResult RecurrenceOp::differentiate(Gradients &gradients) {
  if (getScales() || getWeightHh().getType().getElementType() != getGates().getType().getElementType()) {
    return failure(); // rounded weights are for inference
  }
  auto made =
      RecurrenceGradientOp::create(gradients.builder, getLoc(), getCell(), getGates(), getWeightHh(), getBias(),
                                   getWeightHr(), getH_0(), getC_0(), getOffsets(), getY(), gradients.of(getY()),
                                   gradients.of(getHN()), getCell() == Cell::Lstm ? gradients.of(getCN()) : Value(),
                                   getReverse(), getResetBefore(), getUpdateNew(), getCellClip(), getProjectionClip());
  gradients.add(getGates(), made.getDgates());
  if (gradients.wants(getWeightHh())) {
    gradients.add(getWeightHh(), weightGradient(*this, gradients, made));
  }
  if (gradients.wants(getBias())) {
    gradients.add(getBias(), sumRows(gradients, made.getDproducts()));
  }
  if (gradients.wants(getWeightHr())) {
    gradients.add(getWeightHr(), OuterSumOp::create(gradients.builder, getLoc(), made.getDprojected(), made.getFed()));
  }
  addInitial(gradients, getH_0(), made.getDh_0());
  addInitial(gradients, getC_0(), made.getDc_0());
  return success();
}

//===-------------------------------------------------------------------------------------------------------------------===//
// Losses
//===-------------------------------------------------------------------------------------------------------------------===//

/// Adds to an operand's gradient what the loss says of it, times the gradient by the loss.
static void addOfLoss(Gradients &gradients, Value loss, Value operand, Value gradient) {
  if (gradients.wants(operand)) {
    gradients.add(operand, gradients.builder.createOrFold<ScaleByOp>(gradient.getLoc(), gradient, gradients.of(loss)));
  }
}

LogicalResult CrossEntropyOp::differentiate(Gradients &gradients) {
  addOfLoss(gradients, getLoss(), getX(), getDx());
  return success();
}

LogicalResult SoftCrossEntropyOp::differentiate(Gradients &gradients) {
  addOfLoss(gradients, getLoss(), getX(), getDx());
  return success(); // y is a teacher's
}

LogicalResult MeanSquareOp::differentiate(Gradients &gradients) {
  addOfLoss(gradients, getLoss(), getX(), getDx());
  addOfLoss(gradients, getLoss(), getY(), getDy());
  return success();
}

LogicalResult CrfLossOp::differentiate(Gradients &gradients) {
  addOfLoss(gradients, getLoss(), getX(), getDx());
  addOfLoss(gradients, getLoss(), getTransitions(), getDtransitions());
  addOfLoss(gradients, getLoss(), getStart(), getDstart());
  addOfLoss(gradients, getLoss(), getEnd(), getDend());
  return success();
}

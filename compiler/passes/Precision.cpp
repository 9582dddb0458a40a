// clew-precision: sets the element types of products, and nothing else. Numbers change here and only here.
#include "compiler/nn/Kept.h"
#include "compiler/passes/Passes.h"
#include "runtime/base/Target.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

namespace clew::compiler {
#define GEN_PASS_DEF_PRECISIONPASS
#include "compiler/passes/Passes.h.inc"

using namespace mlir;

namespace {

/// Whether the value is the output "logits" or "pooled", at once or through slices, dropouts and activations.
bool reachesHead(func::FuncOp function, Value value) {
  return llvm::any_of(value.getUses(), [&](OpOperand &use) {
    if (isa<func::ReturnOp>(use.getOwner())) {
      auto name = function.getResultAttrOfType<StringAttr>(use.getOperandNumber(), nn::outputName);
      return name && (name.getValue() == "logits" || name.getValue() == "pooled");
    }
    auto op = dyn_cast<nn::GraphOp>(use.getOwner());
    bool passesOn = op && ((op->getNumOperands() == 1 && (op.isElementWise() || isa<nn::SliceOp, nn::DropoutOp>(op))) ||
                           isa<nn::ViterbiOp>(op));
    return passesOn && reachesHead(function, op->getResult(0));
  });
}

/// Heads are a thousandth of the work and decide the answer: they keep f32.
bool isHead(func::FuncOp function, nn::LinearOp op) {
  return nn::isRoot(nn::levelOf(op.getX())) || reachesHead(function, op.getY());
}

Value castTo(OpBuilder &builder, Value value, Type element) {
  auto type = cast<RankedTensorType>(value.getType()).clone(element);
  return nn::CastOp::create(builder, value.getLoc(), type, value);
}

void toBF16(nn::LinearOp op) {
  OpBuilder builder(op);
  op.getXMutable().assign(castTo(builder, op.getX(), builder.getBF16Type()));
  op.getWeightMutable().assign(castTo(builder, op.getWeight(), builder.getBF16Type()));
}

void toBF16(nn::RecurrenceOp op) {
  OpBuilder builder(op);
  op.getWeightHhMutable().assign(castTo(builder, op.getWeightHh(), builder.getBF16Type()));
  if (op.getWeightHr()) {
    op.getWeightHrMutable().assign(castTo(builder, op.getWeightHr(), builder.getBF16Type()));
  }
}

/// For bf16 and s8 alike: products of two activations have no weights whose scales could be known beforehand. Biases are no factors.
void toBF16(nn::AttentionOp op) {
  OpBuilder builder(op);
  for (OpOperand &operand : op->getOpOperands()) {
    if (operand.get() != op.getRelativeBiases() && isa<FloatType>(getElementTypeOrSelf(operand.get()))) {
      operand.assign(castTo(builder, operand.get(), builder.getBF16Type()));
    }
  }
}

void toS8(nn::LinearOp op) {
  OpBuilder builder(op);
  auto x = nn::QuantizeOp::create(builder, op.getLoc(), op.getX());
  auto weight = nn::QuantizeOp::create(builder, op.getWeight().getLoc(), op.getWeight());
  auto sums = nn::LinearOp::create(builder, op.getLoc(), x.getQ(), weight.getQ(), Value());
  Value y = nn::DequantizeOp::create(builder, op.getLoc(), sums.getY(), x.getScale(), weight.getScale());
  if (op.getBias()) {
    y = nn::AddOp::create(builder, op.getLoc(), y, op.getBias());
  }
  op.getY().replaceAllUsesWith(y);
  op.erase();
}

void toS8(nn::RecurrenceOp op) {
  OpBuilder builder(op);
  auto weight = nn::QuantizeOp::create(builder, op.getWeightHh().getLoc(), op.getWeightHh());
  op.getWeightHhMutable().assign(weight.getQ());
  op.getScalesMutable().assign(weight.getScale());
  if (op.getWeightHr()) {
    auto projection = nn::QuantizeOp::create(builder, op.getWeightHr().getLoc(), op.getWeightHr());
    op.getWeightHrMutable().assign(projection.getQ());
    op.getProjectionScalesMutable().assign(projection.getScale());
  }
}

struct SetPrecision : impl::PrecisionPassBase<SetPrecision> {
  using Base::Base;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    Result<clew::Precision> precision = precisionNamed(type.getValue());
    if (!precision) {
      function.emitError() << "clew-precision: " << precision.error().message;
      return signalPassFailure();
    }
    if (*precision == clew::Precision::F32) {
      return;
    }
    if (failed(nn::checkLevels(function))) {
      return signalPassFailure();
    }
    const bool bf16 = *precision == clew::Precision::BF16;
    SmallVector<nn::LinearOp> linears;
    SmallVector<nn::AttentionOp> attentions;
    SmallVector<nn::RecurrenceOp> recurrences;
    function.walk([&](Operation *op) {
      if (auto linear = dyn_cast<nn::LinearOp>(op);
          linear && nn::levelOf(linear.getX()) && isF32(linear.getX()) && !isHead(function, linear)) {
        linears.push_back(linear);
      }
      if (auto attention = dyn_cast<nn::AttentionOp>(op); attention && isF32(attention.getQ())) {
        attentions.push_back(attention);
      }
      if (auto recurrence = dyn_cast<nn::RecurrenceOp>(op); recurrence && isF32(recurrence.getWeightHh())) {
        recurrences.push_back(recurrence);
      }
    });
    const auto lower = [&](auto op, Value weight) {
      const std::optional<DType> kept = nn::keptType(weight);
      if (kept != DType::F32) {
        bf16 || kept ? toBF16(op) : toS8(op);
      }
    };
    for (nn::LinearOp op : linears) {
      lower(op, op.getWeight());
    }
    for (nn::AttentionOp op : attentions) {
      toBF16(op);
    }
    for (nn::RecurrenceOp op : recurrences) {
      lower(op, op.getWeightHh());
    }
  }

private:
  static bool isF32(Value value) { return getElementTypeOrSelf(value).isF32(); }
};

} // namespace
} // namespace clew::compiler

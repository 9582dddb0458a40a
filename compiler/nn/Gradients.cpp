// See Gradients.h.
#include "compiler/nn/Gradients.h"

using namespace mlir;

namespace clew::nn {

void Gradients::add(Value operand, Value gradient) {
  if (!wants(operand)) {
    return;
  }
  assert(operand.getType() == gradient.getType());
  if (auto get = operand.getDefiningOp<GetOp>()) {
    AccumulateOp::create(builder, gradient.getLoc(), get.getParameterAttr(), gradient);
    return;
  }
  Value &sum = gradients[operand];
  sum = sum ? AddOp::create(builder, gradient.getLoc(), sum, gradient).getZ() : gradient;
}

llvm::DenseSet<Value> activeValues(Block &body) {
  llvm::DenseSet<Value> active;
  for (Operation &op : body) {
    auto get = dyn_cast<GetOp>(op);
    const bool reached = get ? !SymbolTable::lookupNearestSymbolFrom(&op, get.getParameterAttr())->hasAttr(frozenName)
                             : llvm::any_of(op.getOperands(), [&](Value value) { return active.contains(value); });
    if (reached) {
      active.insert(op.result_begin(), op.result_end());
    }
  }
  return active;
}

} // namespace clew::nn

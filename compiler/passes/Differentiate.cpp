// clew-differentiate: reverse-mode differentiation of the output `loss`, op by op from the last to the first.
#include "compiler/nn/Gradients.h"
#include "compiler/passes/Passes.h"

namespace clew::compiler {
#define GEN_PASS_DEF_DIFFERENTIATEPASS
#include "compiler/passes/Passes.h.inc"
} // namespace clew::compiler

using namespace mlir;
using namespace clew;

namespace {

/// The value that the function gives as `loss`, or null.
Value findLoss(func::FuncOp function) {
  Operation *end = function.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(end->getOperands())) {
    auto name = function.getResultAttrOfType<StringAttr>(index, nn::outputName);
    if (name && name.getValue() == nn::lossName) {
      return value;
    }
  }
  return {};
}

struct Differentiate : clew::compiler::impl::DifferentiatePassBase<Differentiate> {
  void runOnOperation() override {
    Block &body = getOperation().getBody().front();
    Value loss = findLoss(getOperation());
    if (!loss || !nn::isNumber(loss.getType())) {
      InFlightDiagnostic error = getOperation().emitError("expected an output 'loss' that is one number");
      if (loss) {
        error << ", found " << loss.getType();
      }
      return signalPassFailure();
    }
    SmallVector<Operation *> ops;
    for (Operation &op : body.without_terminator()) {
      ops.push_back(&op);
    }
    OpBuilder builder(body.getTerminator());
    nn::Gradients gradients(builder, nn::activeValues(body));
    if (!gradients.wants(loss)) {
      getOperation().emitError("no parameter that could be trained reaches the output 'loss'");
      return signalPassFailure();
    }
    gradients.add(loss, nn::FillOp::create(builder, loss.getLoc(), loss.getType(), llvm::APFloat(1.0)));
    for (Operation *op : llvm::reverse(ops)) {
      const bool reached =
          llvm::any_of(op->getResults(), [&](Value result) { return gradients.of(result) != nullptr; });
      const bool leads = llvm::any_of(op->getOperands(), [&](Value operand) { return gradients.wants(operand); });
      if (!reached || !leads) {
        continue;
      }
      auto graphOp = dyn_cast<nn::GraphOp>(op);
      if (!graphOp || failed(graphOp.differentiate(gradients))) {
        op->emitOpError("has no gradient");
        return signalPassFailure();
      }
    }
  }
};

} // namespace

// clew-lower-lstm: nn.lstm -> nn.linear over all tokens at once + nn.recurrence, because only the product with the last hidden state has to
// wait for it.
#include "compiler/passes/Passes.h"

#include "mlir/IR/Builders.h"

namespace clew::compiler {
#define GEN_PASS_DEF_LOWERLSTMPASS
#include "compiler/passes/Passes.h.inc"

namespace {

struct LowerLstm : impl::LowerLstmPassBase<LowerLstm> {
  void runOnOperation() override {
    getOperation().walk([](nn::LstmOp op) {
      mlir::OpBuilder builder(op);
      auto gates = nn::LinearOp::create(builder, op.getLoc(), op.getX(), op.getWeightIh(), op.getBias());
      auto cells = nn::RecurrenceOp::create(builder, op.getLoc(), gates.getY(), op.getWeightHh(), mlir::Value(),
                                            op.getOffsets(), op.getReverse());
      op.replaceAllUsesWith(cells);
      op.erase();
    });
  }
};

} // namespace
} // namespace clew::compiler

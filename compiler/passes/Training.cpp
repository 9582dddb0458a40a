// clew-training: dropout gets the bits by which it drops.
#include "compiler/passes/Passes.h"

#include "mlir/IR/Builders.h"

namespace clew::compiler {
#define GEN_PASS_DEF_TRAININGPASS
#include "compiler/passes/Passes.h.inc"

namespace {

struct Training : impl::TrainingPassBase<Training> {
  void runOnOperation() override {
    mlir::Value bits;
    getOperation().walk([&](nn::DropoutOp op) {
      mlir::OpBuilder builder(op);
      if (!bits) {
        mlir::OpBuilder::InsertionGuard guard(builder);
        builder.setInsertionPointToStart(&getOperation().getBody().front());
        bits = nn::RandomOp::create(builder, op.getLoc(), mlir::RankedTensorType::get({4}, builder.getI32Type()));
      }
      op.replaceAllUsesWith(
          nn::DropOp::create(builder, op.getLoc(), op.getX(), bits, op.getRate(), op.getSite()).getY());
      op.erase();
    });
  }
};

} // namespace
} // namespace clew::compiler

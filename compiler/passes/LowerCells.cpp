// clew-lower-cells: nn.lstm, nn.gru -> nn.linear over all tokens at once + nn.recurrence, because only the product with the last hidden
// state has to wait for it.
#include "compiler/passes/Passes.h"

#include "mlir/IR/Builders.h"

namespace clew::compiler {
#define GEN_PASS_DEF_LOWERCELLSPASS
#include "compiler/passes/Passes.h.inc"

namespace {

void lower(nn::LstmOp op) {
  mlir::OpBuilder builder(op);
  auto gates = nn::LinearOp::create(builder, op.getLoc(), op.getX(), op.getWeightIh(), op.getBias());
  auto cells = nn::RecurrenceOp::create(builder, op.getLoc(), nn::Cell::Lstm, gates.getY(), op.getWeightHh(),
                                        /*scales=*/mlir::Value(), /*bias=*/mlir::Value(), op.getWeightHr(),
                                        /*projection_scales=*/mlir::Value(), op.getH_0(), op.getC_0(), op.getOffsets(),
                                        op.getReverse(), /*reset_before=*/false, /*update_new=*/false, op.getCellClip(),
                                        op.getProjectionClip());
  op.replaceAllUsesWith(cells);
  op.erase();
}

void lower(nn::GruOp op) {
  mlir::OpBuilder builder(op);
  auto gates = nn::LinearOp::create(builder, op.getLoc(), op.getX(), op.getWeightIh(), op.getBiasIh());
  const llvm::APFloat none(0.0);
  auto cells = nn::RecurrenceOp::create(builder, op.getLoc(), nn::Cell::Gru, gates.getY(), op.getWeightHh(),
                                        /*scales=*/mlir::Value(), op.getBiasHh(), /*weight_hr=*/mlir::Value(),
                                        /*projection_scales=*/mlir::Value(), op.getH_0(), /*c_0=*/mlir::Value(),
                                        op.getOffsets(), op.getReverse(), op.getResetBefore(), op.getUpdateNew(),
                                        /*cell_clip=*/none, /*projection_clip=*/none);
  op.getY().replaceAllUsesWith(cells.getY());
  op.getHN().replaceAllUsesWith(cells.getHN());
  op.erase();
}

struct LowerCells : impl::LowerCellsPassBase<LowerCells> {
  void runOnOperation() override {
    getOperation().walk([](mlir::Operation *op) {
      if (auto lstm = mlir::dyn_cast<nn::LstmOp>(op)) {
        lower(lstm);
      } else if (auto gru = mlir::dyn_cast<nn::GruOp>(op)) {
        lower(gru);
      }
    });
  }
};

} // namespace
} // namespace clew::compiler

// clew-form-chains: row-local neighbours become one kernel.chain, which a block of rows runs through on one thread while it is in cache.
#include "compiler/kernel/Kernel.h"
#include "compiler/passes/Outline.h"
#include "compiler/passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace clew::compiler {
#define GEN_PASS_DEF_FORMCHAINSPASS
#include "compiler/passes/Passes.h.inc"
} // namespace clew::compiler

using namespace mlir;
using namespace clew;

namespace {

bool isRowLocal(Operation *op) { return isa<kernel::GemmOp, kernel::RowsOp>(op); }

/// A loop that reads other rows than its own wants them all: nothing before it may still be under way.
bool readsOtherRows(Operation *op) {
  auto rows = dyn_cast<kernel::RowsOp>(op);
  return rows && llvm::any_of(rows.getBody().front().without_terminator(), [](Operation &inner) {
           auto graphOp = dyn_cast<nn::GraphOp>(inner);
           return graphOp && graphOp.readsOtherRows();
         });
}

struct FormChains : clew::compiler::impl::FormChainsPassBase<FormChains> {
  void runOnOperation() override {
    if (failed(nn::checkLevels(getOperation()))) {
      return signalPassFailure();
    }
    Block &body = getOperation().getBody().front();
    SmallVector<SmallVector<Operation *>> chains;
    Operation *previous = nullptr;
    for (Operation &op : body.without_terminator()) {
      if (isa<kernel::UseOp>(op)) {
        continue;
      }
      if (isRowLocal(&op)) {
        bool joins = previous && isRowLocal(previous) && !readsOtherRows(&op) &&
                     nn::levelOf(previous->getResult(0)) == nn::levelOf(op.getResult(0));
        if (!joins) {
          chains.emplace_back();
        }
        chains.back().push_back(&op);
      }
      previous = &op;
    }
    for (ArrayRef<Operation *> chain : chains) {
      compiler::outline(chain, [](OpBuilder &builder, Location loc, TypeRange results, ValueRange operands) {
        return kernel::ChainOp::create(builder, loc, results, operands).getOperation();
      });
    }
  }
};

} // namespace

// See RowsKernel.h.
#include "compiler/kernel/generate/RowsKernel.h"

#include "compiler/kernel/generate/RowValues.h"

using namespace mlir;

namespace clew::compiler {

LogicalResult buildRowsKernel(LoopBuilder &builder, kernel::RowsOp rows, StringRef symbol, Extent &scratch) {
  Block &body = rows.getBody().front();
  Operation *refused = nullptr;
  auto emit = [&](ArrayRef<Expr> pointers, Expr begin, Expr end, Expr scratchPointer) {
    builder.loop(begin, end, 1, [&](Expr row) {
      VectorColumns columns(builder, scratchPointer);
      RowValues values(builder, columns, body, pointers, row);
      for (Operation &op : body.without_terminator()) {
        if (!values.visit(&op)) {
          refused = &op;
          return;
        }
      }
      values.storeResults();
      scratch.constant = columns.scratchBytes();
    });
  };
  builder.kernel(symbol, rows->getNumOperands() + rows->getNumResults(), emit);
  return refused ? refused->emitOpError("has no loop on the cpu target; use the ref target") : success();
}

} // namespace clew::compiler

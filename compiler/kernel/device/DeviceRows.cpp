// See DeviceRows.h.
#include "compiler/kernel/device/DeviceRows.h"

#include "compiler/kernel/device/ThreadColumns.h"
#include "compiler/kernel/generate/RowValues.h"

using namespace mlir;

namespace clew::compiler {

/// Columns of the widest value of the body.
static int64_t widestOf(Block &body) {
  int64_t widest = 1;
  auto take = [&](Type type) {
    auto matrix = dyn_cast<RankedTensorType>(type);
    if (matrix && matrix.getRank() == 2) {
      widest = std::max(widest, matrix.getDimSize(1));
    }
  };
  for (Operation &op : body.without_terminator()) {
    for (Type type : op.getResultTypes()) {
      take(type);
    }
  }
  return widest;
}

LogicalResult buildDeviceRows(DeviceBuilder &builder, kernel::RowsOp rows, CountOf counted, DeviceLaunch &launch) {
  Block &body = rows.getBody().front();
  const RowGeometry geometry = RowGeometry::of(widestOf(body));
  Operation *refused = nullptr;
  auto emitRow = [&](ArrayRef<Expr> pointers, Expr row) {
    ThreadColumns columns(builder, geometry);
    RowValues values(builder, columns, body, pointers, row);
    for (Operation &op : body.without_terminator()) {
      if (!values.visit(&op)) {
        refused = &op;
        return;
      }
    }
    values.storeResults();
    launch.sharedBytes = columns.sharedBytes();
  };
  const auto operandCount = static_cast<int64_t>(rows->getNumOperands() + rows->getNumResults() + 1);
  builder.deviceKernel(launch.symbol, operandCount, geometry.threads(), [&](ArrayRef<Expr> operands) {
    Expr row = builder.block() * double(geometry.rowsOfBlock);
    if (geometry.rowsOfBlock > 1) {
      row = row + builder.wholes(builder.thread(), geometry.threadsOfRow);
    }
    Expr count = builder.loadIndex(operands.back(), builder.i64(static_cast<int64_t>(counted)));
    builder.ifThen(row < count, [&] { emitRow(operands.drop_back(), row); });
  });
  launch.threads = geometry.threads();
  launch.itemsPerCut = geometry.rowsOfBlock;
  if (refused) {
    return refused->emitOpError("has no loop on the cuda target; use the ref target");
  }
  if (launch.sharedBytes > mostSharedBytes) {
    return rows->emitOpError() << "keeps " << launch.sharedBytes << " bytes of a row, a block has " << mostSharedBytes;
  }
  return success();
}

} // namespace clew::compiler

// Walks from a value to the input that brings its rows.
#include "compiler/passes/RowExtent.h"

#include "compiler/kernel/Kernel.h"
#include "compiler/nn/NN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace clew::compiler {

static RowExtent extentOfArgument(BlockArgument argument) {
  Operation *owner = argument.getOwner()->getParentOp();
  if (auto function = dyn_cast<func::FuncOp>(owner)) {
    auto input = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "nn.input");
    return input && input.getValue() == "offsets" ? RowExtent::Fixed : RowExtent::Tokens;
  }
  return rowExtent(owner->getOperand(argument.getArgNumber()));
}

RowExtent rowExtent(Value value) {
  while (true) {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      return extentOfArgument(argument);
    }
    Operation *op = value.getDefiningOp();
    if (isa<nn::PositionsOp>(op)) {
      return RowExtent::Tokens;
    }
    bool lastState = isa<nn::LstmOp, nn::RecurrenceOp>(op) && cast<OpResult>(value).getResultNumber() > 0;
    if (isa<nn::FirstOp>(op) || lastState) {
      return RowExtent::Batch;
    }
    if (isa<nn::GetOp, kernel::UseOp>(op)) {
      return RowExtent::Fixed;
    }
    if (isa<kernel::RowsOp, kernel::ChainOp>(op)) {
      value = op->getRegion(0).front().getTerminator()->getOperand(cast<OpResult>(value).getResultNumber());
      continue;
    }
    value = op->getOperand(0);
  }
}

} // namespace clew::compiler

// See RowExtent.h.
#include "compiler/nn/RowExtent.h"

#include "compiler/nn/NN.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace clew::nn {

static FailureOr<RowExtent> extentOfArgument(BlockArgument argument) {
  Operation *owner = argument.getOwner()->getParentOp();
  auto function = dyn_cast<FunctionOpInterface>(owner);
  if (!function) { // a region of a kernel op: its arguments mirror the operands
    return rowExtent(owner->getOperand(argument.getArgNumber()));
  }
  auto input = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), inputName);
  if (!input) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    return type && type.hasRank() && type.getRank() > 0 && type.isDynamicDim(0) ? RowExtent::Tokens : RowExtent::Fixed;
  }
  StringRef name = input.getValue();
  if (name == "offsets") {
    return RowExtent::Fixed;
  }
  if (name == "ids" || name == "segments" || name == "positions") {
    return RowExtent::Tokens;
  }
  return LogicalResult(owner->emitOpError()
                       << "argument " << argument.getArgNumber()
                       << " is no input whose rows are known: expected ids, segments, positions or "
                          "offsets, found '"
                       << name << "'");
}

FailureOr<RowExtent> rowExtent(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    return extentOfArgument(argument);
  }
  auto result = cast<OpResult>(value);
  auto op = dyn_cast<GraphOp>(result.getOwner());
  if (!op) {
    return LogicalResult(result.getOwner()->emitOpError() << "does not say what its rows run over");
  }
  return op.extentOf(result.getResultNumber());
}

LogicalResult checkRowExtents(Operation *function) {
  auto known = [](ValueRange values) {
    return llvm::all_of(values, [](Value value) { return succeeded(rowExtent(value)); });
  };
  WalkResult walked = function->walk([&](Operation *op) {
    if (op == function) {
      return WalkResult::advance();
    }
    bool arguments = llvm::all_of(op->getRegions(), [&](Region &region) { return known(region.getArguments()); });
    return arguments && known(op->getResults()) ? WalkResult::advance() : WalkResult::interrupt();
  });
  bool arguments = llvm::all_of(function->getRegions(), [&](Region &region) { return known(region.getArguments()); });
  return success(arguments && !walked.wasInterrupted());
}

RowExtent knownRowExtent(Value value) {
  FailureOr<RowExtent> extent = rowExtent(value);
  assert(succeeded(extent) && "the graph was not checked");
  return *extent;
}

StringRef nameOf(RowExtent extent) {
  switch (extent) {
  case RowExtent::Fixed:
    return "fixed";
  case RowExtent::Tokens:
    return "tokens";
  case RowExtent::Batch:
    return "batch";
  }
  return "?";
}

FailureOr<RowExtent> rowExtentNamed(StringRef name) {
  for (RowExtent extent : {RowExtent::Fixed, RowExtent::Tokens, RowExtent::Batch}) {
    if (nameOf(extent) == name) {
      return extent;
    }
  }
  return failure();
}

} // namespace clew::nn

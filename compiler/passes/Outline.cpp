// See Outline.h.
#include "compiler/passes/Outline.h"

#include "compiler/kernel/Kernel.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace clew::compiler {

void outline(ArrayRef<Operation *> ops, MakeRegionOp make) {
  OpBuilder builder(ops.back());
  DenseSet<Operation *> inside(ops.begin(), ops.end());
  SetVector<Value> inputs;
  SmallVector<Value> outputs;
  SmallVector<Location> locations;
  for (Operation *op : ops) {
    locations.push_back(op->getLoc());
    for (Value operand : op->getOperands()) {
      if (!operand.getDefiningOp() || !inside.contains(operand.getDefiningOp())) {
        inputs.insert(operand);
      }
    }
    for (Value result : op->getResults()) {
      if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !inside.contains(user); })) {
        outputs.push_back(result);
      }
    }
  }
  Operation *region =
      make(builder, builder.getFusedLoc(locations), ValueRange(outputs).getTypes(), inputs.getArrayRef());
  Block &body = region->getRegion(0).emplaceBlock();
  IRMapping mapping;
  for (Value input : inputs) {
    mapping.map(input, body.addArgument(input.getType(), input.getLoc()));
  }
  builder.setInsertionPointToEnd(&body);
  for (Operation *op : ops) {
    builder.clone(*op, mapping);
  }
  SmallVector<Value> yielded;
  for (auto [output, result] : llvm::zip(outputs, region->getResults())) {
    yielded.push_back(mapping.lookup(output));
    output.replaceUsesWithIf(result, [&](OpOperand &use) { return !inside.contains(use.getOwner()); });
  }
  kernel::YieldOp::create(builder, region->getLoc(), yielded);
  for (Operation *op : llvm::reverse(ops)) {
    op->erase();
  }
}

} // namespace clew::compiler

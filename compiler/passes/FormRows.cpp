// clew-form-rows: gathers row-wise ops into kernel.rows regions, one a place between two products or sequence ops.
#include "compiler/kernel/Kernel.h"
#include "compiler/nn/NN.h"
#include "compiler/passes/Outline.h"
#include "compiler/passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace clew::compiler {
#define GEN_PASS_DEF_FORMROWSPASS
#include "compiler/passes/Passes.h.inc"
} // namespace clew::compiler

using namespace mlir;
using namespace clew;

namespace {

bool isRowWise(Operation *op) {
  auto graphOp = dyn_cast<nn::GraphOp>(op);
  return graphOp && graphOp.isRowWise();
}

/// What may be read from anywhere, and so may be moved to the top.
bool isSource(Operation *op) { return isa<kernel::UseOp>(op); }

/// Sorts the ops of the body into layers. A product or sequence op stands one layer above what it reads; a row-wise op stands in the
/// layer of what it reads, or one above where it reads other rows than its own. Ops of one layer and level that are row-wise
/// can share a loop: what they read comes from lower layers, from sequence ops of the same layer, or from each other.
class Layers {
public:
  explicit Layers(Block &body) {
    for (Operation &op : body.without_terminator()) {
      (void)levelNumbers.try_emplace(levelOf(&op), levelNumbers.size());
      int layer = isSource(&op) ? -1 : 0;
      for (Value operand : op.getOperands()) {
        Operation *producer = operand.getDefiningOp();
        if (!producer || isSource(producer)) {
          continue;
        }
        bool above = !isRowWise(&op) || cast<nn::GraphOp>(op).readsOtherRows();
        layer = std::max(layer, layerOf.lookup(producer) + (above ? 1 : 0));
      }
      layerOf[&op] = layer;
    }
  }

  /// Layer, then sequence ops and products before loops, then loops over one level before those over the next.
  std::tuple<int, int, int> key(Operation *op) const {
    bool row = isRowWise(op);
    return {layerOf.lookup(op), row ? 1 : 0, row ? levelNumbers.lookup(levelOf(op)) : 0};
  }

private:
  static Attribute levelOf(Operation *op) {
    return op->getNumResults() > 0 ? Attribute(nn::levelOf(op->getResult(0))) : Attribute();
  }

  DenseMap<Operation *, int> layerOf;
  DenseMap<Attribute, int> levelNumbers; ///< in the order of the graph
};

struct FormRows : clew::compiler::impl::FormRowsPassBase<FormRows> {
  void runOnOperation() override {
    if (failed(nn::checkLevels(getOperation()))) {
      return signalPassFailure();
    }
    Block &body = getOperation().getBody().front();
    Layers layers(body);
    SmallVector<Operation *> ops;
    for (Operation &op : body.without_terminator()) {
      ops.push_back(&op);
    }
    llvm::stable_sort(ops, [&](Operation *a, Operation *b) { return layers.key(a) < layers.key(b); });
    for (Operation *op : ops) {
      op->moveBefore(body.getTerminator());
    }
    SmallVector<SmallVector<Operation *>> clusters;
    for (auto [index, op] : llvm::enumerate(ops)) {
      if (!isRowWise(op)) {
        continue;
      }
      bool joins = index > 0 && isRowWise(ops[index - 1]) && layers.key(ops[index - 1]) == layers.key(op);
      if (!joins) {
        clusters.emplace_back();
      }
      clusters.back().push_back(op);
    }
    for (ArrayRef<Operation *> cluster : clusters) {
      compiler::outline(cluster, [](OpBuilder &builder, Location loc, TypeRange results, ValueRange operands) {
        return kernel::RowsOp::create(builder, loc, results, operands).getOperation();
      });
    }
  }
};

} // namespace

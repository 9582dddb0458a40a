// clew-merge-linear: linears that read one value become one product, which reads that value once and has more columns to share.
#include "compiler/passes/Passes.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"

namespace clew::compiler {
#define GEN_PASS_DEF_MERGELINEARPASS
#include "compiler/passes/Passes.h.inc"

using namespace mlir;

namespace {

/// What has to be equal in linears that merge: what they read, and whether they have a bias (1) or none (0).
using Key = std::pair<Value, int>;

/// Whether the linear reads its parameters directly: only those can lie one below the other in memory.
bool readsParameters(nn::LinearOp op) {
  return op.getWeight().getDefiningOp<nn::GetOp>() && (!op.getBias() || op.getBias().getDefiningOp<nn::GetOp>());
}

Value stack(OpBuilder &builder, Location loc, ArrayRef<Value> parameters) {
  // A parameter may be read below the first of the linears: read it again here, CSE merges equal reads.
  SmallVector<Value> reads;
  for (Value parameter : parameters) {
    reads.push_back(builder.clone(*parameter.getDefiningOp())->getResult(0));
  }
  return nn::ConcatOp::create(builder, loc, reads, 0);
}

void merge(ArrayRef<nn::LinearOp> linears) {
  nn::LinearOp first = linears.front();
  OpBuilder builder(first);
  SmallVector<Value> weights, biases;
  SmallVector<Location> locations;
  for (nn::LinearOp linear : linears) {
    weights.push_back(linear.getWeight());
    if (linear.getBias()) {
      biases.push_back(linear.getBias());
    }
    locations.push_back(linear.getLoc());
  }
  Location loc = builder.getFusedLoc(locations);
  Value weight = stack(builder, loc, weights);
  Value bias = biases.empty() ? Value() : stack(builder, loc, biases);
  auto product = nn::LinearOp::create(builder, loc, first.getX(), weight, bias);
  int64_t begin = 0;
  for (nn::LinearOp linear : linears) {
    int64_t width = cast<RankedTensorType>(linear.getY().getType()).getDimSize(1);
    linear.replaceAllUsesWith(nn::SliceOp::create(builder, linear.getLoc(), product.getY(), begin, width).getY());
    begin += width;
  }
  for (nn::LinearOp linear : linears) {
    SmallVector<Value> parameters(llvm::drop_begin(linear->getOperands()));
    linear.erase();
    for (Value parameter : parameters) {
      if (parameter.use_empty()) {
        parameter.getDefiningOp()->erase();
      }
    }
  }
}

struct MergeLinear : impl::MergeLinearPassBase<MergeLinear> {
  void runOnOperation() override {
    for (Block &block : getOperation().getBody()) {
      llvm::MapVector<Key, SmallVector<nn::LinearOp>> groups;
      for (auto op : block.getOps<nn::LinearOp>()) {
        if (nn::levelOf(op.getX()) && readsParameters(op)) { // tables are mapped once, at load: nothing is won
          groups[{op.getX(), op.getBias() ? 1 : 0}].push_back(op);
        }
      }
      for (auto &[key, linears] : groups) {
        if (linears.size() > 1) {
          merge(linears);
        }
      }
    }
  }
};

} // namespace
} // namespace clew::compiler

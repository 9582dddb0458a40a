// clew-merge-linear: linears that read one value become one product, which reads that value once and has more columns to share.
#include "compiler/nn/Kept.h"
#include "compiler/passes/Passes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"

namespace clew::compiler {
#define GEN_PASS_DEF_MERGELINEARPASS
#include "compiler/passes/Passes.h.inc"

using namespace mlir;

namespace {

/// What has to be equal in linears that merge: what they read, and whether they have a bias (1) or none (0), with what is to be kept of
/// their weights above it.
using Key = std::pair<Value, int>;

int kindOf(nn::LinearOp op) {
  const std::optional<DType> kept = nn::keptType(op.getWeight());
  return (op.getBias() ? 1 : 0) + (kept ? 2 + 2 * static_cast<int>(*kept) : 0);
}

/// Parameters, their columns, and those put one below the other: they can lie one below the other in memory.
bool isStackable(Value value) {
  Operation *op = value.getDefiningOp();
  return isa_and_nonnull<nn::GetOp>(op) ||
         (isa_and_nonnull<nn::SliceOp, nn::ConcatOp>(op) && llvm::all_of(op->getOperands(), isStackable));
}

bool readsParameters(nn::LinearOp op) {
  return isStackable(op.getWeight()) && (!op.getBias() || isStackable(op.getBias()));
}

/// A parameter may be read below where it is wanted: it is read again here, CSE merges equal reads.
Value readAgain(OpBuilder &builder, Value parameter) {
  Operation *op = parameter.getDefiningOp();
  IRMapping map;
  for (Value operand : op->getOperands()) {
    map.map(operand, readAgain(builder, operand));
  }
  return builder.clone(*op, map)->getResult(0);
}

Value stack(OpBuilder &builder, Location loc, ArrayRef<Value> parameters) {
  SmallVector<Value> parts;
  for (Value parameter : parameters) {
    if (auto concat = parameter.getDefiningOp<nn::ConcatOp>()) { // its parts join the others
      for (Value part : concat.getInputs()) {
        parts.push_back(readAgain(builder, part));
      }
    } else {
      parts.push_back(readAgain(builder, parameter));
    }
  }
  return nn::ConcatOp::create(builder, loc, parts, 0);
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
          groups[{op.getX(), kindOf(op)}].push_back(op);
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

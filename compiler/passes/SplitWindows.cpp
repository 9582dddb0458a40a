// clew-split-windows: a convolution multiplies each token once. A linear of windows reads every token `size` times, and writes it as often
// before; here all pieces of its weight are columns of one product, and neighbours' columns are added up.
#include "compiler/passes/Passes.h"

#include "mlir/IR/Builders.h"

namespace clew::compiler {
#define GEN_PASS_DEF_SPLITWINDOWSPASS
#include "compiler/passes/Passes.h.inc"

using namespace mlir;

namespace {

/// Sums of more neighbours are not written out.
constexpr int64_t largestWindow = 16;

int64_t columnsOf(Value value) { return cast<RankedTensorType>(value.getType()).getDimSize(1); }

/// The linears that read the window; none if anything else does, or if their products with one token are wider than the token: then copies
/// of tokens are less to write than parts of sums.
SmallVector<nn::LinearOp> linearsOf(nn::WindowOp window) {
  SmallVector<nn::LinearOp> linears;
  int64_t width = 0;
  for (OpOperand &use : window.getY().getUses()) {
    auto linear = dyn_cast<nn::LinearOp>(use.getOwner());
    if (!linear || use.getOperandNumber() != 0 || !linear.getWeight().getDefiningOp<nn::GetOp>()) {
      return {};
    }
    linears.push_back(linear);
    width += columnsOf(linear.getY());
  }
  return width <= columnsOf(window.getX()) ? linears : SmallVector<nn::LinearOp>();
}

/// y[t] = sum over j of W_j x[t + j - before], W_j being the weight's columns for the window's row j. The adjoint of a window counts
/// backwards, nn.window_gradient: its piece k is row size - 1 - j.
void split(nn::WindowOp window, nn::LinearOp linear) {
  OpBuilder builder(linear);
  Location loc = builder.getFusedLoc({window.getLoc(), linear.getLoc()});
  const auto size = static_cast<int64_t>(window.getSize());
  const auto before = static_cast<int64_t>(window.getBefore());
  const int64_t width = columnsOf(window.getX());
  SmallVector<Value> pieces;
  for (int64_t row = size - 1; row >= 0; --row) {
    pieces.push_back(nn::SliceOp::create(builder, loc, linear.getWeight(), row * width, width));
  }
  Value weight = nn::ConcatOp::create(builder, loc, pieces, 0);
  Value products = nn::LinearOp::create(builder, loc, window.getX(), weight, Value());
  Value sums =
      nn::WindowGradientOp::create(builder, loc, products, window.getOffsets(), size, size - 1 - before, false);
  if (linear.getBias()) {
    sums = nn::AddOp::create(builder, loc, sums, linear.getBias());
  }
  linear.replaceAllUsesWith(sums);
  linear.erase();
}

struct SplitWindows : impl::SplitWindowsPassBase<SplitWindows> {
  void runOnOperation() override {
    SmallVector<nn::WindowOp> windows;
    getOperation().walk([&](nn::WindowOp window) { windows.push_back(window); });
    for (nn::WindowOp window : windows) {
      const auto size = static_cast<int64_t>(window.getSize());
      if (window.getWhole() || size < 2 ||
          size > largestWindow) { // those that are moved read other tokens than their own
        continue;
      }
      for (nn::LinearOp linear : linearsOf(window)) {
        split(window, linear);
      }
      if (window.use_empty()) {
        window.erase();
      }
    }
  }
};

} // namespace
} // namespace clew::compiler

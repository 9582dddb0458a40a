// What the ops of nn simplify to. Only exact rewrites: no number changes.
#include "compiler/nn/NN.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace clew::nn;

OpFoldResult DropoutOp::fold(FoldAdaptor) { return getRate().isZero() ? OpFoldResult(getX()) : OpFoldResult(); }

/// By one: the gradient by a loss itself.
OpFoldResult ScaleByOp::fold(FoldAdaptor) {
  auto fill = getFactor().getDefiningOp<FillOp>();
  return fill && fill.getValue().isExactlyValue(1.0) ? OpFoldResult(getX()) : OpFoldResult();
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  return getInputs().size() == 1 ? OpFoldResult(getInputs().front()) : OpFoldResult();
}

/// A cast to its own type, or back from a wider type: cast(cast(x : bf16 to f32) to bf16) is x.
OpFoldResult CastOp::fold(FoldAdaptor) {
  if (getX().getType() == getY().getType()) {
    return getX();
  }
  auto inner = getX().getDefiningOp<CastOp>();
  if (!inner || inner.getX().getType() != getY().getType()) {
    return {};
  }
  unsigned narrow = getElementTypeOrSelf(inner.getX()).getIntOrFloatBitWidth();
  unsigned wide = getElementTypeOrSelf(getX()).getIntOrFloatBitWidth();
  return narrow < wide ? OpFoldResult(inner.getX()) : OpFoldResult();
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  return getX().getType() == getY().getType() ? OpFoldResult(getX()) : OpFoldResult();
}

namespace {

/// slice(slice(x)) is one slice of x.
struct SliceOfSlice : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<SliceOp>();
    if (!inner) {
      return rewriter.notifyMatchFailure(op, "x is no slice");
    }
    rewriter.replaceOpWithNewOp<SliceOp>(op, op.getType(), inner.getX(), inner.getBegin() + op.getBegin(),
                                         op.getWidth());
    return success();
  }
};

/// A slice that lies inside one operand of a concatenation of columns reads that operand.
struct SliceOfConcat : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto concat = op.getX().getDefiningOp<ConcatOp>();
    int64_t rank = cast<RankedTensorType>(op.getX().getType()).getRank();
    if (!concat || static_cast<int64_t>(concat.getAxis()) != rank - 1) {
      return rewriter.notifyMatchFailure(op, "x is no concatenation of columns");
    }
    int64_t begin = op.getBegin();
    for (Value input : concat.getInputs()) {
      int64_t columns = cast<RankedTensorType>(input.getType()).getShape().back();
      if (begin < columns) {
        if (begin + static_cast<int64_t>(op.getWidth()) > columns) {
          return rewriter.notifyMatchFailure(op, "columns of several operands");
        }
        rewriter.replaceOpWithNewOp<SliceOp>(op, op.getType(), input, begin, op.getWidth());
        return success();
      }
      begin -= columns;
    }
    return failure();
  }
};

} // namespace

void SliceOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<SliceOfSlice, SliceOfConcat>(context);
}

// RecurrentWeights: the products h W_hh^T of generated recurrences in each precision, and the form in which h takes part.
#pragma once

#include "compiler/kernel/generate/LoopBuilder.h"
#include "runtime/base/DType.h"
#include "runtime/program/RecurrentLayout.h"

namespace clew::compiler {

/// Reads a constant of ConstantKind::Recurrent, which lies as RecurrentLayout says.
class RecurrentWeights {
public:
  /// `units`: the length of rows of h, the layout's depth rounded up to whole blocks.
  RecurrentWeights(LoopBuilder &builder, const RecurrentLayout &layout, int64_t units)
      : b(builder), layout(layout), dtype(layout.dtype), units(units), lanes(builder.cpu().lanes) {}

  /// Bytes of a row of h in the form that multiply() reads.
  int64_t rowBytes() const;
  /// Of sums: f32, or i32 for s8.
  mlir::Type sumType() { return dtype == DType::S8 ? b.intType(32) : b.f32Type(); }

  /// Stores the f32 row `h` in the form that is multiplied at `words`, and its scale, for s8, at `scale`.
  void keep(Expr h, Expr words, Expr scale);

  /// Groups of k, a word of weights each.
  int64_t groups() const;
  /// Groups whose weights, for one vector of units, stay in L1 while several rows pass over them.
  static constexpr int64_t groupsInL1 = 96;

  /// A part of the sums: groups begin..end, added to what is stored (`resume`) or to zero, of `gates` gates.
  struct Part {
    int64_t firstGate, gates;
    Expr begin, end;
    bool resume = false;
  };

  /// For `width` vectors of units from `vector` on: stores sums of the gates, a vector each, at `sumsAt(row, 0..width)`.
  void multiply(Expr weights, llvm::ArrayRef<Expr> rows, Expr vector, int64_t width, const Part &part,
                llvm::function_ref<Expr(int64_t row, int64_t vector)> sumsAt);

  /// s8: f32 (sum - 128 columnSum) (rowScale columnScale), for the lanes of `mask`.
  Expr dequantize(Expr sum, Expr columnScales, Expr columnSums, Expr rowScale, Expr mask);

private:
  /// h as two f32 a word rather than two bf16: where vdpbf16ps is slow.
  bool widened() const { return dtype == DType::BF16 && !b.cpu().bf16DotFast; }
  void quantize(Expr h, Expr words, Expr scale);
  Exprs wordsAt(Expr row, Expr group);
  Expr accumulate(Expr weight, llvm::ArrayRef<Expr> h, Expr sum);

  LoopBuilder &b;
  RecurrentLayout layout;
  DType dtype;
  int64_t units;
  int64_t lanes;
};

} // namespace clew::compiler

// RowValues: the values of a kernel.rows body in one row: where they lie in memory, or how to compute some columns of them.
#pragma once

#include "compiler/kernel/Kernel.h"
#include "compiler/kernel/generate/LoopBuilder.h"
#include "compiler/kernel/generate/RowColumns.h"
#include "compiler/nn/NN.h"

namespace clew::compiler {

class RowValues {
public:
  /// `pointers`: base pointers of the body's arguments, then of what it yields. Emits at the builder's insertion point, inside the loop
  /// over rows; `columns` are those of the row.
  RowValues(LoopBuilder &builder, RowColumns &columns, mlir::Block &body, llvm::ArrayRef<Expr> pointers, Expr row);

  /// Takes note of an op; emits the passes that must come before its result can be evaluated. False: no loop is written
  /// for this op.
  bool visit(mlir::Operation *op);
  /// Stores what the body yields and no pass has stored yet.
  void storeResults();

private:
  using Step = llvm::function_ref<Expr(Expr sum, Expr value)>;
  using Collapse = llvm::function_ref<Expr(Expr vector)>;

  /// Emits `body` for all columns.
  void forColumns(int64_t width, llvm::function_ref<void(const Columns &)> body);
  /// Folds all columns of x into one number, lane by lane with `step` from `zero`, then across lanes with `collapse`. Keeps x in memory.
  Expr fold(mlir::Value x, Expr zero, Step step, Collapse collapse, Step join);

  Expr evaluate(mlir::Value value, const Columns &columns);
  Expr evaluateOp(mlir::Operation *op, const Columns &columns);
  Expr load(Expr pointer, mlir::Type element, const Columns &columns);
  Expr scalarOf(mlir::Value value);
  void store(mlir::Value value, Expr pointer, const Columns &columns);
  void keep(mlir::Value value, Expr &place);
  void settle();
  void meetFor(mlir::Value value);

  /// The result, and its row, that is `value` rounded to bf16, if that is all that anyone reads of it; else null.
  const std::pair<mlir::Value, Expr> *asBf16(mlir::Value value) const;

  Expr pointerAt(Expr base, mlir::Type element, Expr index);
  Expr rowPointer(Expr base, mlir::Value like, Expr index);

  void visitLayerNorm(nn::LayerNormOp op);
  void visitL2Normalize(nn::L2NormalizeOp op);
  void visitWindow(kernel::WindowOp op);
  void visitWindowSum(kernel::WindowSumOp op);
  void visitPooling(mlir::Operation *op);
  void visitQuantize(kernel::QuantizeOp op);
  void visitSoftmax(nn::SoftmaxOp op);
  void visitConcat(nn::ConcatOp op);

  LoopBuilder &b;
  RowColumns &shared;
  Expr row;
  bool slices = false;                       ///< whether the body has any, which read columns of others
  llvm::DenseMap<mlir::Value, Expr> rows;    ///< pointer to the value's row, for what is in memory
  llvm::DenseMap<mlir::Value, Expr> bases;   ///< base pointers of vectors, tables and indices
  llvm::DenseMap<mlir::Value, Expr> scalars; ///< one number a row: means, scales
  llvm::DenseMap<mlir::Value, Expr> factors; ///< one more: 1 / deviation, 1 / scale, 1 / sum
  llvm::DenseMap<mlir::Value, llvm::SmallVector<std::pair<Expr, Expr>>>
      sums; ///< of what adds up neighbours: the pointer to each one's columns, and whether it is there
  llvm::SmallVector<std::pair<mlir::Value, Expr>> results; ///< what is yielded, and its row
  llvm::DenseMap<std::pair<mlir::Value, mlir::Value>, Expr>
      known; ///< evaluated for the present columns, by value and first column
};

} // namespace clew::compiler

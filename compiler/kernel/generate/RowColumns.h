// RowColumns: how the columns of a row are shared out while a generated loop runs over rows: to the lanes of vectors on a CPU, to threads on
// a GPU. It exists so that what rows mean (RowValues) is written once for both.
#pragma once

#include "compiler/kernel/generate/LoopBuilder.h"

namespace clew::compiler {

/// Some neighbouring columns: the first, how many lanes, and how many of them are real.
struct Columns {
  Expr first;
  int64_t lanes;
  int64_t count;
};

class RowColumns {
public:
  virtual ~RowColumns() = default;

  /// Emits `body` for all columns of a row of `width`.
  virtual void each(int64_t width, llvm::function_ref<void(const Columns &)> body) = 0;

  /// How columns become one number: `step` takes in some of them, lane by lane, `collapse` folds lanes, `join` two numbers.
  struct Fold {
    Expr zero;
    llvm::function_ref<Expr(Expr sum, const Columns &columns)> step;
    llvm::function_ref<Expr(Expr vector)> collapse;
    llvm::function_ref<Expr(Expr x, Expr y)> join;
  };
  virtual Expr fold(int64_t width, const Fold &how) = 0;

  /// Memory for one row, which holds nothing yet.
  virtual Expr room(int64_t bytes) = 0;
  /// Emits `body` for one of the row's threads.
  virtual void once(llvm::function_ref<void()> body) = 0;
  /// From here on all of the row's threads see what each of them wrote to the row.
  virtual void meet() = 0;
};

/// Columns of a row in vectors of one thread.
class VectorColumns final : public RowColumns {
public:
  VectorColumns(LoopBuilder &builder, Expr scratch);

  void each(int64_t width, llvm::function_ref<void(const Columns &)> body) override;
  Expr fold(int64_t width, const Fold &how) override;
  Expr room(int64_t bytes) override;
  void once(llvm::function_ref<void()> body) override { body(); }
  void meet() override {}

  /// Bytes of scratch used so far.
  int64_t scratchBytes() const { return scratchUsed; }

private:
  LoopBuilder &b;
  Expr scratch;
  int64_t chunk; ///< lanes of a full vector: four registers, so that long dependency chains overlap
  int64_t scratchUsed = 0;
};

} // namespace clew::compiler

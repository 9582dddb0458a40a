// ThreadColumns: the columns of a row shared out to the threads of a warp, or of a block: thread t has columns t, t + threads, ...
#pragma once

#include "compiler/kernel/device/DeviceBuilder.h"
#include "compiler/kernel/generate/RowColumns.h"

namespace clew::compiler {

/// How rows lie on a block: a warp has one where they are narrow, else the block has one.
struct RowGeometry {
  int64_t threadsOfRow = kWarp;
  int64_t rowsOfBlock = 4;

  /// For rows whose widest value has so many columns.
  static RowGeometry of(int64_t widest);
  int64_t threads() const { return threadsOfRow * rowsOfBlock; }
};

class ThreadColumns final : public RowColumns {
public:
  ThreadColumns(DeviceBuilder &builder, const RowGeometry &geometry);

  void each(int64_t width, llvm::function_ref<void(const Columns &)> body) override;
  Expr fold(int64_t width, const Fold &how) override;
  Expr room(int64_t bytes) override;
  void once(llvm::function_ref<void()> body) override;
  void meet() override;

  /// Bytes of shared memory that the block needs.
  int64_t sharedBytes() const { return sharedUsed; }

private:
  bool isWarp() const { return geometry.threadsOfRow == kWarp; }

  DeviceBuilder &b;
  RowGeometry geometry;
  Expr rank; ///< of the thread among those of its row
  Expr rowOfBlock;
  int64_t sharedUsed = 0;
};

} // namespace clew::compiler

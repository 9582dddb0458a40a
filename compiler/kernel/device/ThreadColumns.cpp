// See ThreadColumns.h. Neighbouring threads read neighbouring columns, so that a warp's accesses fall into whole lines.
#include "compiler/kernel/device/ThreadColumns.h"

#include "runtime/base/Rounding.h"

namespace clew::compiler {

RowGeometry RowGeometry::of(int64_t widest) {
  if (widest <= 256) {
    return {kWarp, 4};
  }
  return {widest <= 2048 ? 128 : 256, 1};
}

ThreadColumns::ThreadColumns(DeviceBuilder &builder, const RowGeometry &geometry)
    : b(builder), geometry(geometry), rank(builder.thread()) {
  if (isWarp()) {
    rowOfBlock = b.wholes(rank, kWarp);
    rank = b.remainder(rank, kWarp);
  }
}

void ThreadColumns::each(int64_t width, llvm::function_ref<void(const Columns &)> body) {
  const int64_t threads = geometry.threadsOfRow;
  const int64_t full = width / threads * threads;
  if (full == threads) {
    body({rank, 1, 1});
  } else if (full > 0) {
    b.loop(b.i64(0), b.i64(full), threads, [&](Expr first) { body({first + rank, 1, 1}); });
  }
  if (const int64_t rest = width - full) {
    b.ifThen(rank < double(rest), [&] { body({rank + double(full), 1, 1}); });
  }
}

Expr ThreadColumns::fold(int64_t width, const Fold &how) {
  const int64_t threads = geometry.threadsOfRow;
  const int64_t full = width / threads * threads;
  Expr total = how.zero;
  if (full > 0) {
    total = b.loop(b.i64(0), b.i64(full), threads, {total}, [&](Expr first, llvm::ArrayRef<Expr> carried) -> Exprs {
      return {how.step(carried[0], {first + rank, 1, 1})};
    })[0];
  }
  if (const int64_t rest = width - full) {
    total = b.choose(
        rank < double(rest), [&]() -> Exprs { return {how.step(total, {rank + double(full), 1, 1})}; },
        [&]() -> Exprs { return {total}; })[0];
  }
  total = b.joinThreads(total, kWarp, how.join);
  if (isWarp()) {
    return total;
  }
  // A word a warp, of its own for each fold, so that one barrier is enough.
  const int64_t warps = threads / kWarp;
  Expr words = b.bytesAt(b.shared(), b.i64(sharedUsed));
  sharedUsed += roundUp(4 * warps, 64);
  mlir::Type type = total.type();
  b.ifThen(b.remainder(rank, kWarp) == 0.0, [&] { b.store(total, b.at(words, b.wholes(rank, kWarp), type)); });
  b.barrier();
  total = b.load(words, type);
  for (int64_t warp = 1; warp < warps; ++warp) {
    total = how.join(total, b.load(b.at(words, b.i64(warp), type), type));
  }
  return total;
}

Expr ThreadColumns::room(int64_t bytes) {
  bytes = roundUp(bytes, 64);
  Expr at = b.bytesAt(b.shared(), b.i64(sharedUsed));
  sharedUsed += bytes * geometry.rowsOfBlock;
  return isWarp() ? b.bytesAt(at, rowOfBlock * double(bytes)) : at;
}

void ThreadColumns::once(llvm::function_ref<void()> body) { b.ifThen(rank == 0.0, body); }

void ThreadColumns::meet() { isWarp() ? b.warpBarrier() : b.barrier(); }

} // namespace clew::compiler

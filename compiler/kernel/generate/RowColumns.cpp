// See RowColumns.h.
#include "compiler/kernel/generate/RowColumns.h"

#include "llvm/Support/MathExtras.h"

namespace clew::compiler {

/// Powers of two fold in halves and fill whole registers.
static int64_t tailLanes(int64_t rest) { return static_cast<int64_t>(llvm::PowerOf2Ceil(rest)); }

VectorColumns::VectorColumns(LoopBuilder &builder, Expr scratch)
    : b(builder), scratch(scratch), chunk(4 * builder.cpu().lanes) {}

void VectorColumns::each(int64_t width, llvm::function_ref<void(const Columns &)> body) {
  int64_t full = width / chunk * chunk;
  if (full > 0) {
    b.loop(b.i64(0), b.i64(full), chunk, [&](Expr first) { body({first, chunk, chunk}); });
  }
  if (int64_t rest = width - full) {
    body({b.i64(full), tailLanes(rest), rest});
  }
}

Expr VectorColumns::fold(int64_t width, const Fold &how) {
  int64_t full = width / chunk * chunk;
  Expr total;
  if (full > 0) {
    Expr start = b.splat(how.zero, chunk);
    Exprs sums = b.loop(b.i64(0), b.i64(full), chunk, {start}, [&](Expr first, llvm::ArrayRef<Expr> carried) -> Exprs {
      return {how.step(carried[0], {first, chunk, chunk})};
    });
    total = how.collapse(sums[0]);
  }
  if (int64_t rest = width - full) {
    Columns columns{b.i64(full), tailLanes(rest), rest};
    Expr start = b.splat(how.zero, columns.lanes);
    Expr folded = how.step(start, columns);
    if (rest < columns.lanes) {
      folded = b.select(b.firstLanes(b.i64(rest), columns.lanes), folded, start);
    }
    total = total ? how.join(total, how.collapse(folded)) : how.collapse(folded);
  }
  return total;
}

Expr VectorColumns::room(int64_t bytes) {
  Expr place = b.bytesAt(scratch, b.i64(scratchUsed));
  scratchUsed += static_cast<int64_t>(llvm::alignTo(bytes, 64));
  return place;
}

} // namespace clew::compiler

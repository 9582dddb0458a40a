// DeviceTerms: what a row of attention on a GPU makes of one key or value, with all that may be added to them: relative positions
// (arXiv:1803.02155), biases (arXiv:1910.10683), segments (arXiv:1906.08237).
#pragma once

#include "compiler/kernel/device/DeviceBuilder.h"
#include "compiler/kernel/generate/AttentionKernel.h"

namespace clew::compiler {

struct AttentionTile;

class DeviceTerms {
public:
  /// Both must outlive it.
  DeviceTerms(DeviceBuilder &builder, const AttentionShape &shape, const AttentionTile &tile);

  /// A row of a head: token `row` of `tokens`; `sharer` says which columns of it this thread has.
  struct Row {
    Expr head, row, tokens, sharer;
  };
  /// Comes first; what belongs to one query is loaded by `enter`.
  void begin(const Row &place);
  void enter(llvm::ArrayRef<Expr> operands, llvm::ArrayRef<Expr> query);

  /// This thread's columns of `size` from `from` on, rounded; 0 beyond them.
  Exprs loadColumns(Expr from, int64_t size, int64_t columns);
  /// As it is multiplied: to bf16, if the shape says so.
  Expr rounded(Expr value);

  /// The score of the key of `token`, as a power of two; `keyAt` gives this thread's columns of it. All threads of the row get it.
  Expr score(Expr token, llvm::function_ref<Expr(int64_t)> keyAt);
  /// What of column `c` the token's value gives.
  Expr value(Expr token, int64_t c, Expr own);

private:
  Expr tableRow(Expr table, const DistanceTable &shape, Expr token, int64_t size);
  Expr sumOfRow(Expr partial);

  DeviceBuilder &b;
  const AttentionShape &s;
  const AttentionTile &t;
  Expr head, row, sharer, lastToken;
  Exprs query, relativeQuery;
  Expr relativeKeys, relativeValues, relativeBiases, segments;
  Expr ownSegment, sameSegment, otherSegment;
};

} // namespace clew::compiler

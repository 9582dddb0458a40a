// What attention's scores gain beside products of queries and keys: a number for each distance and head (arXiv:1910.10683 section 2.1),
// and a key for whether two tokens are of one segment (arXiv:1906.08237 section 2.5), which each query meets twice and not once a token.
#pragma once

#include "compiler/kernel/generate/RelativePositions.h"

namespace clew::compiler {

class ScoreTerms {
public:
  ScoreTerms(LoopBuilder &builder, const AttentionShape &shape, const AttentionTiles &tiles,
             AttentionOperands &operands)
      : b(builder), s(shape), tiles(tiles), operands(operands), lanes(builder.cpu().lanes) {}

  /// Bytes for sequences of up to `longest` tokens.
  static Extent scratch(const AttentionShape &shape, const TargetCpu &cpu);

  /// One head of a sequence whose first token is `first`: lays the head's biases out from `at` on. Returns what follows them.
  Expr enter(llvm::ArrayRef<Expr> buffers, const AttentionHead &head, Expr number, Expr first, Expr at);

  /// Adds to the scores of the block, which are products with the sign of the scale.
  void addScores(const RelativePositions::Block &block);

private:
  void layBiases(Expr table, Expr number);
  void addBiases(const RelativePositions::Block &block);
  void addSegments(const RelativePositions::Block &block);
  /// The products of a row's query with both keys, in all lanes.
  std::pair<Expr, Expr> meetKeys(Expr row);

  LoopBuilder &b;
  const AttentionShape &s;
  const AttentionTiles &tiles;
  AttentionOperands &operands;
  int64_t lanes;
  Expr length;
  Expr most, biases; ///< the furthest distance that is read; [L], a number for each distance, [L]
  Expr segments, keys,
      otherKeys; ///< of the sequence's first token; the keys of one segment and of two, at the head's columns
  Expr queries;  ///< of the sequence's first token
};

} // namespace clew::compiler

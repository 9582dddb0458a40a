// Relative positions in attention (arXiv:1803.02155): what a block of query rows gains from tables with a row for each distance.
//
// A sequence of n tokens reads the distances -m..m of a table, m = min(n - 1, reach): its slots. For keys, the slots are packed like keys
// once a head; a block of query rows multiplies those that it can reach, and adds them to its scores, each row shifted by its own place.
// For values, each row's weights meet the slots in the same way; keys further away than the table reaches add up at its ends.
#pragma once

#include "compiler/kernel/generate/AttentionOperands.h"

namespace clew::compiler {

class RelativePositions {
public:
  RelativePositions(LoopBuilder &builder, const AttentionShape &shape, const AttentionTiles &tiles,
                    AttentionOperands &operands);

  bool keys() const { return bool(s.relativeKeys); }
  bool values() const { return bool(s.relativeValues); }
  /// Bytes for sequences of up to `longest` tokens.
  static Extent scratch(const AttentionShape &shape, const TargetCpu &cpu);

  /// One head of a sequence whose first token is `first`: packs the table of keys from `at` on.
  void enter(llvm::ArrayRef<Expr> buffers, const AttentionHead &head, Expr number, Expr first, Expr at);

  /// Vectors begin..end of the keys that a block of query rows sees, the rows, and where a row's scores with a vector are.
  struct Block {
    llvm::ArrayRef<Expr> rows;
    Expr first; ///< of the block, before rows beyond the sequence are held back
    Expr begin, end;
    llvm::function_ref<Expr(Expr vector, int64_t row)> scoreAt;
  };
  /// Adds to the scores of the block; `queries` are words as packQueries gives them.
  void addScores(const Block &block, llvm::ArrayRef<Expr> queries);
  /// Makes what each row takes from the values' table out of its weights; sum() reads it.
  void weigh(const Block &block);
  /// A vector of what `row` of the block takes, before it is divided by the sum of weights.
  Expr sum(int64_t row, Expr vector);

private:
  /// The slots of a table that the sequence reads.
  struct Slots {
    Expr table; ///< the row of slot 0, at the head's columns
    Expr most;  ///< m
    Expr vectors;
  };
  Slots slotsOf(const DistanceTable &table, Expr base, Expr column, Expr length);
  /// Of a block: the first slot that one of its rows reads, and the one behind the last.
  std::pair<Expr, Expr> reachOf(const Slots &slots, const Block &block);
  void copyWeights(const Block &block);
  /// Weights of the keys that are as far before, or behind, each row as the table reaches, or further.
  std::pair<Exprs, Exprs> weightsBeyond(const Block &block);
  void weighColumns(const Block &block, const Exprs &before, const Exprs &behind, int64_t vector, int64_t width);
  Expr tableValues(Expr slot, int64_t vector);
  Expr rowOf(Expr rows, Expr stride, int64_t row) { return b.f32At(rows, stride * double(row)); }

  LoopBuilder &b;
  const AttentionShape &s;
  const AttentionTiles &tiles;
  AttentionOperands &operands;
  int64_t lanes;
  int64_t valueVectors;
  Expr length, keyVectors;
  Slots keySlots, valueSlots;
  Expr ownQueries;            ///< of the sequence's first token, where there are any
  Expr packed, packedQueries; ///< the keys' slots, transposed; room for the own queries of a block
  Expr products, weights;     ///< rows with a vector more on either side: of slots; of keys
  Expr sums;
};

} // namespace clew::compiler

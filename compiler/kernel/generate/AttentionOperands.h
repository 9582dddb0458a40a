// AttentionOperands: how one head of one sequence lies in scratch for its products, as f32 or as bf16. With a fast bf16 dot, words
// hold two bf16 each: two columns of a key or query, two tokens of a value; elsewhere what is rounded to bf16 is kept as f32.
#pragma once

#include "compiler/kernel/generate/AttentionKernel.h"
#include "runtime/base/Rounding.h"

namespace clew::compiler {

/// How many registers hold sums: rows times vectors, for scores and for results.
struct AttentionTiles {
  int64_t rows;
  int64_t keyVectors;
  int64_t valueVectors;

  AttentionTiles(const AttentionShape &shape, const TargetCpu &cpu);
};

/// Pointers to the head's columns of the sequence's first token, and the sequence's length.
struct AttentionHead {
  Expr q, k, v, out;
  Expr length;     ///< tokens, i64
  Expr keyVectors; ///< vectors that hold them
};

/// With L lanes and panels of P vectors, of which the last may have fewer (w each):
///   keys:    a panel holds w vectors of keys: [depth][w][L] words; keys beyond the sequence repeat its last
///   values:  a panel holds w vectors of a head: [words of the tokens][w][L] words; columns beyond the head and tokens beyond the
///            sequence are 0
///   queries: of a block of rows: [rows][depth, padded to vectors] words
/// Loops over them read from front to back, so that long sequences stream from L2.
class AttentionOperands {
public:
  /// Rows that are packed as keys are, `ld` columns apart.
  struct KeyRows {
    Expr from;
    int64_t ld;
    Expr length;  ///< rows
    Expr vectors; ///< that hold them
  };

  AttentionOperands(LoopBuilder &builder, const AttentionShape &shape, const AttentionTiles &tiles);

  /// Words over which a score is summed.
  int64_t depth() const { return depthOf(s, b.cpu()); }
  /// Words over which a result is summed.
  Expr tokenWords(Expr tokens) const;
  int64_t tokensPerWord() const { return perWord; }
  mlir::Type wordType() const { return perWord == 2 ? b.intType(32) : b.f32Type(); }

  /// Bytes of keys, values and queries for sequences of up to `longest` tokens, in the order in which they lie.
  static Extent scratch(const AttentionShape &shape, const TargetCpu &cpu);
  Expr valuesAt(const AttentionHead &head, Expr keys) const; ///< begin of the values after those keys
  Expr queriesAt(const AttentionHead &head, Expr values) const;
  Expr endOf(Expr queries) const;

  void packKeys(const KeyRows &rows, Expr keys);
  void packValues(const AttentionHead &head, Expr values);
  /// Words of the queries at `rows` (pointers to f32), which may be where they are.
  Exprs packQueries(llvm::ArrayRef<Expr> rows, Expr queries);
  /// Calls `body(vector, width)` for the panels of packed keys that hold vectors begin..end, of `vectors` in all; for all of them without
  /// an `end`. Panels are whole but for the last one of the sequence.
  void eachPanel(Expr begin, Expr end, Expr vectors, llvm::function_ref<void(Expr, int64_t)> body);
  /// The products of the queries with `width` vectors of packed keys from `vector` on, times the sign of the scale: by query, then vector.
  Exprs meet(llvm::ArrayRef<Expr> queries, Expr keys, Expr vector, int64_t width);
  /// One vector of weights, where a result's product reads them.
  void storeWeights(Expr weights, Expr at);
  Expr loadWeights(Expr at);
  /// sum + x y: f32s, or both products of two words.
  Expr multiply(Expr x, Expr y, Expr sum);
  Expr rounded(Expr x) { return s.bf16 ? b.fromBf16(b.toBf16(x)) : x; }
  Expr loadWords(Expr from, Expr word) { return b.load(b.f32At(from, word), LoopBuilder::vectorOf(wordType(), lanes)); }
  Expr repeatWord(Expr from, Expr word) { return b.splat(b.load(b.f32At(from, word), wordType()), lanes); }

  static int64_t depthOf(const AttentionShape &shape, const TargetCpu &cpu);
  static int64_t queryWords(const AttentionShape &shape, const TargetCpu &cpu);

private:
  int64_t valueVectors() const { return ceilDiv(s.valueSize, lanes); }

  void packKeyVector(Expr to, Expr stride, llvm::function_ref<Expr(int64_t)> key, const KeyRows &rows);
  void packValueWords(const AttentionHead &head, Expr values, Expr key, bool pair);
  Expr wordsOf(Expr row, Expr column, int64_t columns); ///< a vector of words of `columns` f32; the others 0

  LoopBuilder &b;
  const AttentionShape &s;
  const AttentionTiles &tiles;
  int64_t lanes;
  int64_t perWord; ///< elements
};

} // namespace clew::compiler

// The ops of the ref backend: naive loops that define what each nn op means. Everything else in Clew is compared with them.
//
// How a RefOp of a Program (runtime/program/Program.h) is written
// ----------------------------------------------------------------
// `op` is the name without the dialect ("linear", not "nn.linear"). Operands come in the order below; parameters are Plain
// constants (a vector is one row). `[, x]` may be left out. A result that nobody needs is Operand{Buffer, -1}; trailing ones may
// be left out. Attributes are doubles (booleans 0 or 1). Shapes are rows x columns; n = any number of rows. "float" = f32, bf16
// or f64. Operands may be buffers, constants or inputs (an input is a column: ids [tokens,1], offsets [batch+1,1] i32; where there are other levels, read theirs).
//
//   op          operands                                  attributes (default)      results
//   positions   offsets                                                             i32 [tokens,1]
//   embedding   ids i32 [n,1], table [count,w]            start (0)                 [n,w] = rows ids + start of the table
//   linear      x [n,K], weight [N,K] [, bias N]                                    [n,N]
//                 x and weight of one dtype: f32, f64 or bf16 -> float; s8 -> i32, then without a bias
//   add, subtract, multiply   x [n,w], y [n,w], w or 1 (for every row, for all)      [n,w]
//   scale       x [n,w]                                   factor                    [n,w]
//   softmax, and each op of Activations.h   x [n,w]                                 [n,w]
//   dropout     x [n,w]                                   rate, ignored             [n,w] = x: training alone drops
//   layer_norm  x [n,w], weight w, bias w                 eps (1e-12)               [n,w]
//   batch_norm  x [n,w], weight w, bias w, mean w, variance w   eps (1e-5)            [n,w]
//   l2_normalize  x [n,w]                                 eps (1e-12)               [n,w]
//   attention   q, k [tokens,h], v [tokens,w], offsets [, relative keys] [, relative values] [, relative q]
//                                    heads, scale (1/sqrt(h/heads)), causal (0), window (0: none), relative (0)
//                                    [tokens,w] [, scores [tokens, heads*longest]] [, log-sum-exp [tokens,heads]]
//                 relative: which of the three are there, 1, 2 and 4 added up. Tables have a row for each distance j - i from -c to c,
//                 further ones read the first or last; they are as wide as a head, or as all of them. The score of i and j gets
//                 relative q (else q) times the row of relative keys, what i takes from j the row of relative values.
//                 scores: column head*longest + j of token i: scaled product with token j of i's sequence, 0 beyond its end and where
//                 i does not look (Buffer::columnsPerLongest = heads, columns = 0)
//   lstm        x [tokens,in], offsets, weight_ih [4H,in], weight_hh [4H,P], bias 4H [, w_hr [P,H]] [, h0, c0]
//                                    [tokens,P] [, hN [batch,P]] [, cN [batch,H]]
//                 attributes: hidden (P), reverse (0), projection (0: P = H, no w_hr), cell_clip, projection_clip (0: none)
//   gru         x [tokens,in], offsets, weight_ih [3H,in], weight_hh [3H,H], bias_ih 3H, bias_hh 3H [, h0]
//                                    [tokens,H] [, hN [batch,H]]
//                 attributes: hidden (H), reverse (0), reset_before (0), update_new (0)
//   recurrence  gates [tokens,GH], w_hh [GH,P] [, w scales GH] [, bias 3H] [, w_hr [P,H] [, w_hr scales P]] [, h0 [, c0]], offsets
//                                    [tokens,P] [, hN [batch,P]] [, cN [batch,H]]
//                 attributes: gru (0), initial (0: no h0 and c0), and those of lstm, or of gru.
//                 G = 4, gates i, f, g, o, or with gru G = 3, gates r, z, n, and a bias; cN of a GRU is hN. h0 [batch,P] and c0 [batch,H]
//                 may have one row, which all sequences begin with. scales if and only if w_hh is s8, as w_hr is then, too; gates holds
//                 x W_ih^T + b. Before each product what is multiplied (h; r h of reset_before; o tanh(c) where it is projected) is
//                 rounded to bf16 if w_hh is bf16, or quantized as `quantize` does (one scale a sequence) if it is s8; c is never rounded.
//   cast        x                                                                   x in the result's dtype (f64, f32, bf16)
//   quantize    x [n,w]                                                             s8 [n,w], scale f32 [n,1]
//                 scale = max|row|/127 rounded to f32, q = round half to even of x/scale; a row of zeros: scale 0, q 0; a row with
//                 NaN or infinity: scale NaN, q 0, so that dequantize gives NaN in that row alone. A weight [N,K] quantizes alike.
//   dequantize  acc i32 [n,N], row scale [n,1], column scale N                      [n,N] = acc * row scale * column scale
//   sinusoids                                             from (0), step (1), interleaved (0)
//                                                                                   [n,w]: row i at p = from + step i: sin and cos of
//                 p 10000^(-2k/w), k < w/2: sines, then cosines, or by turns
//   row         x [n,w]                                   index (0)                 [1,w]
//   slice       x [n,a]                                   begin                     [n,w] = columns begin..begin+w
//   concat      x, y [, ...]                              axis (1)                  1: along columns, 0: along rows
//                 (of the two-dimensional form: parameters that are vectors lie along axis 1)
//   window      x [tokens,w], offsets                     size, before, whole (0)   [tokens,size*w]: rows t - before.. of t's
//                 sequence side by side, 0 beyond its ends; whole: moved inside where they would reach beyond, first behind the end
//   first, last, mean, max   x [tokens,w], offsets                                  [batch,w]
//   viterbi     x [tokens,L], offsets, transitions [L,L], start L, end L   moves (0)   [tokens,L]: 1 at the best path's labels, else 0
//                 moves: 0 all, 1 those of BIO, 2 those of BIOES (runtime/base/LabelMoves.h)
//
// Of training (compiler/nn/NNGradientOps.td says what each computes; gradients that nobody needs are left out):
//   derivative  x, dy [n,w]                               function (index into kActivations)   [n,w]
//   standardize x [n,w]                                   eps                       [n,w]
//   layer_norm_gradient   x, weight w, dy                 eps                       [n,w]
//   softmax_gradient      y, dy [n,w]                                               [n,w]
//   l2_normalize_gradient x, dy [n,w]                     eps                       [n,w]
//   batch_norm_gradient   x, weight, mean, variance, dy   eps                       dx [n,w], dweight w, dbias w
//   scale_by    x, factor [1,1]                                                     like x
//   fill                                                  value                     any
//   pad         x [n,a]                                   begin                     [n,w]
//   drop        x, bits i32 4                             rate, site                like x
//   matmul      x [n,N], weight [N,K]                                               [n,K]
//   outer_sum   x [n,N], y [n,K]                          accumulate (0)            [N,K]
//   sum_rows    x [n,w]                                   accumulate (0)            w
//   sum         x                                                                   1
//   accumulate  x                                                                   result + x
//   embedding_gradient    ids i32 [n,1], dy [n,w]         start (0), accumulate (0) [count,w]
//   spread      dy [batch,w], offsets                     pool (0 first, 1 last, 2 mean)   [tokens,w]
//   max_gradient x, dy [batch,w], offsets                                           [tokens,w]
//   shift       x [tokens,w], offsets [, initial]         reverse (0)               [tokens,w]
//   window_gradient       dy [tokens,size*w], offsets     size, before, whole (0)   [tokens,w]
//   attention_gradient    operands of attention, out, lse, dout; its attributes     those of its operands but offsets
//   recurrence_gradient   gates, w_hh [, bias] [, w_hr] [, h0 [, c0]], offsets, y [, dy] [, dhN] [, dcN]
//                 attributes of recurrence, and given: which of the last three there are, 1, 2 and 4 added up
//                                    dgates, dproducts [tokens,GH], fed [tokens,H], dprojected [tokens,P], dh0, dc0
//   cross_entropy x [n,L], labels i32 [n,1]               smoothing (0)             loss 1, dx
//   soft_cross_entropy x, y [n,L]                         temperature (1), divergence (0)  loss 1, dx
//   mean_square x, y [n,w]                                                          loss 1, dx, dy
//   crf_loss    x [tokens,L], labels, offsets, transitions, start, end   by_token (0)   loss 1, dx, dtransitions, dstart, dend
//   `accumulate`: the result is added to what is there.
//
// "w" or "N" alone: that many elements in any shape (one row, or one column). Every op checks its operands when it runs and
// returns BadInput if they do not fit, so a Program from outside cannot read or write out of bounds here.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"

#include <span>
#include <string_view>

namespace clew {

/// A dense row-major tensor in memory that somebody else owns. `data` is null for a result that nobody needs.
struct RefTensor {
  DType dtype = DType::F32;
  int64_t rows = 0;
  int64_t columns = 0;
  void *data = nullptr;

  int64_t elements() const { return rows * columns; }
};

/// One application of an op: operands and results in the order above.
struct RefCall {
  std::span<const RefTensor> operands;
  std::span<const RefTensor> results;
  std::span<const std::pair<std::string, double>> attributes;

  double attribute(std::string_view name, double otherwise) const;
  /// Result number `index`, or null if it was left out.
  const RefTensor *result(size_t index) const;
};

/// Serial; touches only the views of its call. Errors: BadInput for operands that do not fit.
using RefFunction = Result<void> (*)(const RefCall &);

/// The type of sums and functions; how values are stored is what the views say.
enum class RefCompute : uint8_t { F64, F32 };

/// An op: how many operands and results it may have, and its functions in both compute types.
struct RefEntry {
  std::string_view name;
  size_t leastOperands = 0;
  size_t mostOperands = 0;
  size_t mostResults = 1; ///< the first is needed, or of `anyResult` one
  RefFunction f64 = nullptr;
  RefFunction f32 = nullptr;
  bool anyResult = false; ///< any result may be left out, also the first

  /// Whether so many operands and results may be there. Errors: BadInput.
  Result<void> checkCounts(const RefCall &call) const;
  /// Checks the counts, then calls the function. Errors: BadInput "OP: what must hold".
  Result<void> run(const RefCall &call, RefCompute compute = RefCompute::F64) const;
};

/// The entry of the op with this name, or null.
const RefEntry *findRefOp(std::string_view name);
std::span<const RefEntry> refOps();

} // namespace clew

// Generates the recurrent part of LSTM and GRU layers over packed sequences: what is left when x W_ih^T + b is known for all tokens.
//   LSTM: c = sigmoid(f) c + sigmoid(i) tanh(g),  h = sigmoid(o) tanh(c),  gates = given + h_before W_hh^T,  zero at the start.
//   GRU:  h = (1 - sigmoid(z)) tanh(n_given + sigmoid(r) (n_product + bias)) + sigmoid(z) h_before.
// An LSTM's projection (h = W_hr of the above) and a GRU that resets before its product (W_n (sigmoid(r) h)) take a second product
// a step, which waits for the first.
//
// A job advances up to `recurrenceGroup` sequences of one direction in lockstep, longest first, so that those still running
// are a prefix. A sequence's arithmetic is the same in any company, to the bit.
#pragma once

#include "compiler/kernel/generate/LoopBuilder.h"
#include "runtime/base/DType.h"
#include "runtime/program/Program.h"

#include <cstdint>
#include <vector>

namespace clew::compiler {

/// Sequences of a job: Step::itemsPerCut.
inline constexpr int64_t recurrenceGroup = 32;

struct RecurrenceShape {
  int64_t hidden = 0;
  int64_t ldGates = 0;          ///< columns of the gates buffer
  int64_t ldOut = 0;            ///< columns of the result
  bool gru = false;             ///< LSTM otherwise
  bool resetBefore = false;     ///< GRU: the reset gate stands before the product
  bool updateNew = false;       ///< GRU: sigmoid(z) is the share of the new
  std::vector<int64_t> gatesAt; ///< by direction: first of its columns, gates i, f, g, o or r, z, n
  std::vector<bool> reverse;    ///< by direction: from each sequence's end to its begin
  std::vector<int64_t> outAt;   ///< by direction: first of its hidden columns
  DType weights = DType::F32;   ///< F32, BF16 or S8
  int64_t projection = 0;       ///< rows of W_hr, 0: none
  double cellClip = 0;          ///< bounds c, 0: not
  double projectionClip = 0;    ///< bounds the projected h, 0: not
  /// Columns of the tensors of initial states, which have a row for each sequence; 0: one row for all. h and, of an LSTM, c; none: zeros.
  std::vector<int64_t> ldInitial = {};
  int64_t ldCells =
      0; ///< columns of the result that has c after each token, in the order of directions; 0: nobody asks
  bool columnSums = true; ///< S8 only: whether column sums stand behind scales

  int64_t directions() const { return int64_t(gatesAt.size()); }
  int64_t gates() const { return gru ? 3 : 4; }
  int64_t outputs() const { return projection > 0 ? projection : hidden; } ///< of h
  bool hasInner() const { return resetBefore || projection > 0; }          ///< a second product a step
};

/// Where the kernel's operands stand: gates, out and, if they are asked for, cells (f32 [tokens, ld]); by direction the Recurrent constant, for S8 followed by its Scales
/// and ColumnSums (if there are any), then the same of a projection, for a GRU its bias; by direction the initial states; then Offsets, Order, Counts.
class RecurrencePlaces {
public:
  static constexpr int64_t constantsOfMatrix(const RecurrenceShape &shape) {
    return shape.weights == DType::S8 ? (shape.columnSums ? 3 : 2) : 1;
  }
  static constexpr int64_t constantsOf(const RecurrenceShape &shape) {
    return constantsOfMatrix(shape) * (shape.projection > 0 ? 2 : 1) + (shape.gru ? 1 : 0);
  }

  RecurrencePlaces(int64_t directions, int64_t constantsOfDirection, int64_t statesOfDirection, bool hasCells)
      : directions(directions), each(constantsOfDirection), states(statesOfDirection), hasCells(hasCells) {}
  explicit RecurrencePlaces(const RecurrenceShape &shape)
      : RecurrencePlaces(shape.directions(), constantsOf(shape), int64_t(shape.ldInitial.size()), shape.ldCells > 0) {}

  static constexpr size_t gates() { return 0; }
  static constexpr size_t out() { return 1; }
  static constexpr size_t cells() { return 2; }
  size_t constants() const { return hasCells ? 3 : 2; }
  size_t weights(int64_t direction) const { return constants() + direction * each; }
  size_t bias(int64_t direction) const { return weights(direction) + each - 1; }
  size_t initial(int64_t direction) const { return constants() + directions * each + direction * states; }
  size_t offsets() const { return initial(directions); }
  size_t order() const { return offsets() + 1; }
  size_t counts() const { return offsets() + 2; }
  size_t count() const { return offsets() + 3; }

private:
  int64_t directions;
  int64_t each;
  int64_t states;
  bool hasCells;
};

/// Appends the kernel. Operands: RecurrencePlaces. Jobs: cut * directions + direction.
///
/// Before it is multiplied, h (or what the second product of a step reads) is rounded to bf16 for BF16 weights; for S8 it is quantized to
/// round_half_even(h / scale), scale = max|h| / 127 of the sequence. Sums, c and h themselves are f32. Scratch is 64-byte aligned and need not be cleared.
mlir::func::FuncOp buildRecurrenceKernel(LoopBuilder &builder, llvm::StringRef symbol, const RecurrenceShape &shape);

/// Whether threads are to share the steps of a job. Not where a GRU resets before its product. Of several directions, which threads could
/// run side by side, where all weights together are more than caches hold: threads that read the same weights read them at a higher rate.
bool canShareRecurrence(const RecurrenceShape &shape);

/// Appends the kernel by which threads share the steps of a job, to the same bits. Operands: RecurrencePlaces, then the state that they
/// share, as large as the scratch of a thread and perhaps that of one of them, which begins with a SharedRecurrence. Calls: for each step of
/// the longest sequence of the batch, and in it for each product (a projection is the second), first begin == end == step, by one thread
/// alone; then begin < end, blocks of RecurrentLayout::unitsOfBlock units of that product, by all of them.
mlir::func::FuncOp buildSharedRecurrence(LoopBuilder &builder, llvm::StringRef symbol, const RecurrenceShape &shape);

/// Bytes of scratch of one thread.
Extent recurrenceScratch(const RecurrenceShape &shape, const TargetCpu &cpu);

} // namespace clew::compiler

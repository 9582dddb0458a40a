// What a generated recurrence works with: where a job's state lies in scratch, its pointers, and the phases of a step.
#pragma once

#include "compiler/kernel/generate/RecurrenceKernel.h"
#include "compiler/kernel/generate/RecurrentWeights.h"
#include "runtime/base/Rounding.h"

#include <algorithm>

namespace clew::compiler {

/// Where a job's state is in scratch, in bytes. Rows are padded to whole unit blocks.
struct RecurrenceScratch {
  static constexpr int64_t cacheLine = 64;
  int64_t units;       ///< hidden, padded
  int64_t outputs;     ///< units of h, padded
  int64_t h, c, words; ///< [group][units] f32; words: as RecurrentWeights keeps h
  int64_t scales;      ///< [group] f32, of quantized rows
  int64_t sums;        ///< [group][gates][lanes], as often as a row has vectors under way
  int64_t inner, innerWords, innerScales;
  int64_t bytes;

  RecurrenceScratch(const RecurrenceShape &shape, const TargetCpu &cpu) {
    units = roundUp(shape.hidden, RecurrentLayout::unitsOfBlock);
    outputs = roundUp(shape.outputs(), RecurrentLayout::unitsOfBlock);
    int64_t ofUnits = recurrenceGroup * units * int64_t(sizeof(float));
    int64_t ofOutputs = recurrenceGroup * outputs * int64_t(sizeof(float));
    int64_t ofScales = roundUp(recurrenceGroup * int64_t(sizeof(float)), cacheLine);
    static_assert(sizeof(SharedRecurrence) <= cacheLine); // which a job that is not shared leaves alone
    h = cacheLine;
    c = h + ofOutputs;
    words = c + ofUnits;
    scales = words + ofOutputs;
    sums = scales + ofScales;
    inner = sums + 2 * recurrenceGroup * std::max<int64_t>(shape.gates(), 4) * cpu.lanes * int64_t(sizeof(float));
    if (!shape.hasInner()) {
      bytes = sums + 2 * recurrenceGroup * shape.gates() * cpu.lanes * int64_t(sizeof(float));
      return;
    }
    innerWords = inner + ofUnits;
    innerScales = innerWords + ofUnits;
    bytes = innerScales + ofScales;
  }
};

/// Rows that a product of a recurrence reads: f32, the form in which they are multiplied, and its scales.
struct RecurrenceRows {
  Expr values, words, scales;
  int64_t units;
};

/// A matrix of weights, and what stands beside S8.
struct RecurrenceMatrix {
  Expr weights, scales, columnSums;
};

/// A job's pointers, and its sequences: order[first], order[first + 1], ...
struct RecurrenceGroup {
  Expr gates, out, cells; ///< at the direction's first column
  RecurrenceMatrix recurrent, projection;
  Expr bias;
  llvm::SmallVector<Expr> initial;
  Expr offsets, order; ///< order at the group's first sequence
  Expr isReverse;      ///< i1
  RecurrenceRows h, inner;
  Expr c, sums;
};

/// A product of a step and the cells that take its sums.
struct RecurrencePhase {
  RecurrentWeights &product;
  const RecurrenceMatrix &matrix;
  const RecurrenceRows &rows;
  int64_t firstGate, gates;
  int64_t vectors; ///< of units
  /// i1: the last vectors first. Every other step does, so that it begins with the weights that the one before left in the caches.
  Expr backwards = {};
  /// Of a recurrence that threads share: the vectors begin .. end alone.
  bool isPart = false;
  Expr begin = {}, end = {};
};

/// Some units of one row, and the sums that a phase has for them.
struct RecurrenceUnits {
  Expr row, unit, sums;
};

} // namespace clew::compiler

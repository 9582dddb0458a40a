// Generates the recurrent part of LSTM and GRU layers for a GPU: one launch a layer, whatever the lengths of the packed sequences.
//
// A block runs a few sequences of one direction, neighbours in the order by length, from their first step to their last; no block waits for
// another. A thread has some units: it reads their weights once a step for all of the block's sequences, from L2, in whole sectors
// (RecurrentLayout), and h from shared memory.
#pragma once

#include "compiler/kernel/device/DeviceBuilder.h"
#include "compiler/kernel/generate/RecurrenceKernel.h"

namespace clew::compiler {

/// How a block is cut, and where things are in its shared memory (byte offsets of [rows][sequences] words).
struct RecurrenceTile {
  explicit RecurrenceTile(const RecurrenceShape &shape);

  int64_t sequences = 4;
  int64_t threads = 32;
  int64_t factors = 0; ///< what is multiplied: h, rounded or quantized; for all `outputs`
  int64_t states = 0;  ///< h as it is
  int64_t cells = 0;   ///< c of an LSTM, z of a GRU that resets before its product; for all `hidden`
  int64_t inner = 0;   ///< what the second product of a step reads, as it is; for all `hidden`
  int64_t innerFactors = 0;
  int64_t scales = 0; ///< of s8, one a sequence for each product
  int64_t sharedBytes = 0;
};

/// Appends the kernel `launch.symbol` and says how it is launched: over sequences, jobs of a cut are directions. Operands: RecurrencePlaces.
/// Rounding is that of buildRecurrenceKernel. Unsupported if the state of one sequence is larger than a block's shared memory.
Result<void> buildDeviceRecurrence(DeviceBuilder &builder, const RecurrenceShape &shape, DeviceLaunch &launch);

} // namespace clew::compiler

// Recurrences as training runs them: weights change between runs, so nothing is packed ahead, and a batch's sequences go through time side by
// side, in groups that threads share.
#pragma once

#include "runtime/cpu/DenseProduct.h"
#include "runtime/ref/RefOps.h"

namespace clew {

/// recurrence and recurrence_gradient of runtime/ref in f32, for those cells that `runsRecurrence` knows: an LSTM without projection and
/// clips, a GRU with the reset after the product. Results as RefOps.h has them; h_n and c_n too. The operands have been checked.
bool runsRecurrence(const RefCall &call);
Result<void> recurrenceForward(const RefCall &call, int threads, Workspace &memory);
Result<void> recurrenceBackward(const RefCall &call, int threads, Workspace &memory);

} // namespace clew

// Generates the best path of labels through each packed sequence for a GPU (doi:10.1109/TIT.1967.1054010): a block a sequence, a thread a
// label. What each label is best reached from lies in the result's rows until the path is known.
#pragma once

#include "compiler/kernel/device/DeviceBuilder.h"
#include "runtime/base/LabelMoves.h"

namespace clew::compiler {

/// Where the operands stand: x and y [tokens, labels], transitions [labels, labels]; Counts are those of the tokens.
struct DeviceViterbiPlaces {
  enum : size_t { X, Offsets, Transitions, Start, End, Y, Order, Counts, Count };
};

/// Appends the kernel `launch.symbol` and says how it is launched: over sequences. Unsupported for more labels than shared memory holds
/// scores of.
Result<void> buildDeviceViterbi(DeviceBuilder &builder, int64_t labels, LabelMoves moves, DeviceLaunch &launch);

} // namespace clew::compiler

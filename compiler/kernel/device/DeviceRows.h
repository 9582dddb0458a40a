// Generates kernel.rows for a GPU: a warp or a block a row (ThreadColumns), the same values as on a CPU (RowValues).
#pragma once

#include "compiler/kernel/Kernel.h"
#include "compiler/kernel/device/DeviceBuilder.h"

namespace clew::compiler {

/// Where a Counts input has the number of elements of the level that it is of, and of that one's parent.
enum class CountOf : uint8_t { Level = 0, Parent = 1 };

/// Appends the kernel `launch.symbol` for `rows` and says how it is launched. Operands: those of the op, its results, then the Counts that say
/// how many rows there are; blocks beyond them return at once. Fails with a diagnostic at an op for which no loop is written, or whose
/// rows need more shared memory than a block has.
llvm::LogicalResult buildDeviceRows(DeviceBuilder &builder, kernel::RowsOp rows, CountOf counted, DeviceLaunch &launch);

} // namespace clew::compiler

// Backends: which of them runs which target.
#pragma once

#include "runtime/program/Executor.h"

namespace clew {

/// The Executor of the Program's target. The Program must be valid and outlive it. Errors: Unavailable where this build or this machine has
/// no such backend; Unsupported if it cannot run the Program; BadInput for malformed code.
Result<std::unique_ptr<Executor>> makeExecutor(const Program &program, const ExecutableOptions &options);

} // namespace clew

// WholeExecutor: runs training Programs on the cpu target, op by op (WholeOps.h).
#pragma once

#include "runtime/program/Executor.h"

namespace clew {

/// For a Program with states, whose steps are all whole. It must outlive the Executor. Errors: Unsupported for other steps, and for an op that
/// there is not.
Result<std::unique_ptr<HostExecutor>> makeWholeExecutor(const Program &program);

} // namespace clew

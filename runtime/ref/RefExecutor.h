// The ref backend: runs each RefOp of a Program with the naive loops of RefOps.h, serially.
#pragma once

#include "runtime/program/Executor.h"
#include "runtime/ref/RefOps.h"

namespace clew {

/// An Executor for a Program whose stages are RefOps over buffers and Plain constants. Values are stored as the Program's buffers
/// say (f32 as a rule) and computed in `compute`: f64 by default, so that its error is that of storing. The Program must be valid
/// (runtime/program/Validate.h) and outlive the Executor. Errors: Unsupported for other stages and unknown ops.
Result<std::unique_ptr<Executor>> makeRefExecutor(const Program &program, RefCompute compute = RefCompute::F64);

} // namespace clew

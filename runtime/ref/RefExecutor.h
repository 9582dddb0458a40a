// The ref backend: runs each RefOp of a Program with the naive loops of RefOps.h, serially.
#pragma once

#include "runtime/base/FunctionRef.h"
#include "runtime/program/Executor.h"
#include "runtime/ref/RefOps.h"

namespace clew {

/// What an operand of a RefOp is in a bound frame; a tensor without data for one that is left out.
RefTensor viewOf(const Program &program, const Operand &operand, const Frame &frame);

/// Runs a step of one RefOp with `run`, which gets the call and reports errors without their place.
Result<void> runRefOp(const Program &program, const Step &step, const Frame &frame,
                      FunctionRef<Result<void>(const RefCall &)> run);

/// An Executor for a Program whose stages are RefOps over buffers, Plain constants and states. Values are stored as the Program's buffers
/// say (f32 as a rule) and computed in `compute`: f64 by default, so that its error is that of storing. The Program must be valid
/// (runtime/program/Validate.h) and outlive the Executor. Errors: Unsupported for other stages and unknown ops.
Result<std::unique_ptr<HostExecutor>> makeRefExecutor(const Program &program, RefCompute compute = RefCompute::F64);

} // namespace clew

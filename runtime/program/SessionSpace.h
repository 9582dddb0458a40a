// SessionSpace: where one Session's batches run. Memory is the executor's business: a Session hands a checked batch over and reads outputs;
// whether buffers lie in the host's memory or on a device, only the SessionSpace knows.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Batch.h"

#include <span>

namespace clew {

/// Used by one thread at a time. Its Executor, Program and constants outlive it.
class SessionSpace {
public:
  virtual ~SessionSpace() = default;

  /// Memory of the host for Program::states, by index, checked by the caller. Unsupported where a device would have to share it.
  virtual Result<void> useStates(std::span<void *const> memory) = 0;

  /// Makes room for a checked batch of that size (memory is kept, and grows with the largest batch), brings the inputs to where steps read
  /// them, runs all steps to their end, and brings the outputs to where output() reads them. The batch's arrays are not read after it
  /// returns. Errors: Io or Unavailable if memory runs out or a device is lost, else the first step's that failed.
  virtual Result<void> run(const Batch &batch, const BatchSize &size) = 0;

  /// Values of Program::outputs[index] of the last run that succeeded, f32, row-major, in the host's memory until the next run.
  virtual const float *output(size_t index) const = 0;

  /// Sets what is carried from batch to batch back to zeros.
  virtual void restart() = 0;

  /// Of all memory that it holds.
  virtual int64_t bytes() const = 0;
};

} // namespace clew

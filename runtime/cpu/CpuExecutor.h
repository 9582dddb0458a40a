// CpuExecutor: runs the steps of a Program for Target::Cpu with packed products (PackedGemm) and generated kernels (CodeImage).
#pragma once

#include "runtime/base/Result.h"
#include "runtime/cpu/RowPolicy.h"
#include "runtime/program/Executor.h"

#include <memory>

namespace clew {

struct CpuOptions {
  /// Threads that matrices are cut for, and that run and packing use. Frames with more use this many.
  int threads = 1;
  RowPolicy rows;
  /// Makes all primitives now instead of at first use, so that no batch size ever waits for one: some 10 ms for a large model.
  bool warm = true;
};

/// An Executor with a ConstantPacker. The Program must be valid (runtime/program/Validate.h) and outlive it. Errors:
/// Unsupported if this CPU lacks what the code needs, or for stages that are not of this backend; BadInput for malformed code.
Result<std::unique_ptr<HostExecutor>> makeCpuExecutor(const Program &program, const CpuOptions &options);

} // namespace clew

// CudaExecutor: runs Programs of Target::Cuda on an NVIDIA GPU: products by cuBLASLt, generated kernels, a graph of all of it a bucket of
// batch sizes.
#pragma once

#include "runtime/program/Executor.h"

#include <string>

namespace clew {

struct CudaOptions {
  int threads = 1;            ///< that convert weights
  bool deterministic = false; ///< refused: the sums of products change with the number of rows
  std::string driver = {};    ///< path of the driver's library; empty: this machine's
  std::string blas = {};      ///< path of cuBLASLt; empty: this machine's
};

/// The Program must be valid (runtime/program/Validate.h) and outlive the Executor. Errors: Unavailable, in one line, without a GPU, with a
/// driver or a chip that is too old, or without cuBLASLt; Unsupported for what the device cannot run; BadInput for code without its kernels.
Result<std::unique_ptr<Executor>> makeCudaExecutor(const Program &program, const CudaOptions &options);

} // namespace clew

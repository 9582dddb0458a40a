// HostForm: the same device kernels as functions of this CPU, one call a thread, for tests without a GPU (runtime/program/EmulatedThread.h).
#pragma once

#include "runtime/base/Result.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include <string>

namespace clew::compiler {

/// An ELF object with an EmulatedKernel for each kernel of the module, which is left as it is: what a thread asks of its block and each of its
/// memory accesses becomes a call through the EmulatedThread. Internal when a kernel has an operation of a GPU that has no such form.
Result<std::string> compileToHostForm(mlir::gpu::GPUModuleOp kernels);

} // namespace clew::compiler

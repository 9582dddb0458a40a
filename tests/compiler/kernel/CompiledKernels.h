// CompiledKernels: what tests of generators share. Builds kernels with a LoopBuilder, compiles them for one CPU and runs them in this process.
#pragma once

#include "compiler/emit/ObjectCode.h"
#include "compiler/target/TargetCpu.h"
#include "runtime/cpu/CodeImage.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace clew::compiler {

using KernelFunction = void (*)(void *const *operands, int64_t begin, int64_t end, void *scratch);

class CompiledKernels {
public:
  explicit CompiledKernels(const TargetCpu &cpu);
  CompiledKernels(const CompiledKernels &) = delete;
  CompiledKernels &operator=(const CompiledKernels &) = delete;

  /// Where generators add their functions, before the first find().
  mlir::ModuleOp module() { return *code; }
  const TargetCpu &cpu() const { return target; }

  /// The function of that name; a failed test if the module does not compile.
  KernelFunction find(const std::string &symbol);

private:
  TargetCpu target;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> code;
  std::optional<CodeImage> image;
};

/// CPUs whose code this machine runs: the host (with and without vdpbf16ps), x86-64-v3, and x86-64-v4 where there is AVX-512.
std::vector<TargetCpu> testedCpus();

} // namespace clew::compiler

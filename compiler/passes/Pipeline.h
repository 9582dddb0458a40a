// The order of the passes. Building a pipeline does not run it.
#pragma once

#include "runtime/base/Target.h"
#include "runtime/program/Execution.h"

#include "mlir/Pass/PassManager.h"

namespace clew::compiler {

/// What a graph with an output "loss" goes through to be trained: cells are lowered, dropout drops, gradients are added.
void buildTrainingPipeline(mlir::OpPassManager &pm);

/// Passes 1 to 4 of docs/architecture.md: what a graph of nn ops goes through for every target. `precision` sets element types.
void buildGraphPipeline(mlir::OpPassManager &pm, Precision precision);

/// Passes 5 to 9: from nn ops to planned kernel ops and functions over vectors for `cpu` (TargetCpu::named), which
/// multiply bf16 as asked.
void buildKernelPipeline(mlir::OpPassManager &pm, llvm::StringRef cpu, Bf16Products bf16);

/// The same for a GPU: to kernels in a gpu.module. No chains: they keep rows in caches of CPUs.
void buildDevicePipeline(mlir::OpPassManager &pm);

/// Makes the pipelines known to clew-opt: --clew-graph=type=bf16, --clew-kernel=cpu=host, --clew-device.
void registerPipelines();

} // namespace clew::compiler

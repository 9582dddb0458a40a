// See CompileGraph.h. The order of things: graph passes, then RefOps, or kernel passes and code generation.
#include "compiler/CompileGraph.h"

#include "compiler/emit/EmitProgram.h"
#include "compiler/emit/EmitRef.h"
#include "compiler/emit/ObjectCode.h"
#include "compiler/kernel/Kernel.h"
#include "compiler/kernel/Plan.h"
#include "compiler/nn/NN.h"
#include "compiler/nn/Place.h"
#include "compiler/passes/Pipeline.h"
#include "compiler/passes/Scheme.h"
#include "compiler/target/TargetCpu.h"
#include "runtime/program/Describe.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"

#include <fmt/format.h>

using namespace mlir;

namespace clew::compiler {
namespace {

/// Runs passes; the first diagnostic becomes the error, with its place in the YAML.
Result<void> runPasses(ModuleOp module, llvm::function_ref<void(OpPassManager &)> build) {
  std::optional<Error> first;
  ScopedDiagnosticHandler collect(module.getContext(), [&](Diagnostic &diagnostic) {
    if (!first && diagnostic.getSeverity() == DiagnosticSeverity::Error) {
      first = Error{ErrorKind::Unsupported, diagnostic.str(), nn::whereOf(diagnostic.getLocation())};
    }
    return success();
  });
  PassManager passes(module.getContext());
  build(passes);
  if (failed(passes.run(module))) {
    return Failure(first.value_or(Error{ErrorKind::Internal, "a pass failed without saying why", ""}));
  }
  return {};
}

Result<void> runGraphPasses(ModuleOp module, const CompileOptions &options) {
  return runPasses(module, [&](OpPassManager &passes) { buildGraphPipeline(passes, options.precision); });
}

/// The choices that matter to a program of this target and precision; the others are as good as not made.
Execution executionOf(const CompileOptions &options) {
  Execution execution = options.target == Target::Cpu ? options.execution : Execution();
  if (options.precision == Precision::F32) {
    execution.bf16 = Bf16Products::Auto;
  }
  return execution;
}

Result<TargetCpu> targetCpu(const CompileOptions &options) {
  auto cpu = options.cpu.empty() ? TargetCpu::host() : TargetCpu::named(options.cpu);
  return cpu ? cpu->multiplyingBf16(executionOf(options).bf16) : cpu;
}

/// The module of generated functions.
Result<ModuleOp> runKernelPasses(ModuleOp module, const CompileOptions &options) {
  StringRef cpu = options.cpu.empty() ? "host" : StringRef(options.cpu);
  Result<void> done =
      runPasses(module, [&](OpPassManager &passes) { buildKernelPipeline(passes, cpu, executionOf(options).bf16); });
  return done ? Result<ModuleOp>(module.lookupSymbol<ModuleOp>(kernel::kernelsName)) : fail(done);
}

Result<Program> emitCpu(ModuleOp module, const CompileOptions &options) {
  auto cpu = targetCpu(options);
  std::string scheme = cpu ? schemeOf(module, cpu->bf16DotFast) : "";
  auto kernels = cpu ? runKernelPasses(module, options) : fail(cpu);
  auto program = kernels ? emitProgram(module) : fail(kernels);
  auto code = program ? compileToObject(*kernels, *cpu) : fail(program);
  if (!code) {
    return fail(code);
  }
  program->code = std::move(*code);
  program->scheme = std::move(scheme);
  program->cpu = cpu->name;
  program->features = cpu->features;
  return program;
}

} // namespace

void registerCompilerDialects(DialectRegistry &registry) {
  registry.insert<nn::NNDialect, kernel::KernelDialect, func::FuncDialect>();
  registerCodeDialects(registry);
}

Result<Program> compileGraph(ModuleOp module, const CompileOptions &options) {
  if (options.target == Target::Cuda) {
    return fail(ErrorKind::Unavailable, "this build has no CUDA target");
  }
  if (Result<void> done = runGraphPasses(module, options); !done) {
    return fail(done);
  }
  auto program = options.target == Target::Ref ? emitRef(module) : emitCpu(module, options);
  if (program) {
    program->target = options.target;
    program->precision = options.precision;
    program->execution = executionOf(options);
  }
  if (program && options.target == Target::Ref) {
    program->scheme = schemeOf(module, /*roundedWeights=*/false);
  }
  return program;
}

Result<Program> compileTrainingGraph(ModuleOp module, const CompileOptions &options) {
  if (options.target == Target::Cuda) {
    return fail(ErrorKind::Unavailable, "this build has no CUDA target");
  }
  if (options.precision != Precision::F32) {
    return fail(ErrorKind::Unsupported, "training runs in f32");
  }
  Result<void> done = runPasses(module, [](OpPassManager &passes) { buildTrainingPipeline(passes); });
  auto program = done ? emitTraining(module) : fail(done);
  if (program) {
    program->target = options.target;
    program->precision = options.precision;
    program->scheme = "f32 products and sums";
  }
  return program;
}

Result<std::string> printGraph(ModuleOp module, const CompileOptions &options, std::string_view stage) {
  if (stage == "ptx") {
    return fail(ErrorKind::Unavailable, "this build has no CUDA target");
  }
  if (stage == "program") {
    auto program = compileGraph(module, options);
    return program ? Result<std::string>(describe(*program)) : fail(program);
  }
  if (stage != "nn" && stage != "fused" && stage != "kernel" && stage != "llvm" && stage != "asm") {
    return fail(ErrorKind::NotFound,
                fmt::format("unknown stage '{}': expected nn, fused, kernel, llvm, asm, ptx or program", stage));
  }
  if (Result<void> done = stage == "nn" ? Result<void>() : runGraphPasses(module, options); !done) {
    return fail(done);
  }
  if (stage == "llvm" || stage == "asm" || stage == "kernel") {
    auto cpu = targetCpu(options);
    auto kernels = cpu ? runKernelPasses(module, options) : fail(cpu);
    if (!kernels || stage != "kernel") {
      return kernels ? printStage(*kernels, *cpu, stage == "asm" ? CodeStage::Assembly : CodeStage::Llvm)
                     : fail(kernels);
    }
  }
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream);
  return text;
}

} // namespace clew::compiler

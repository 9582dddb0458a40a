// The table of targets, and what stands in it for each.
#include "compiler/TargetRules.h"

#include "compiler/RunPasses.h"
#include "compiler/emit/DeviceCode.h"
#include "compiler/emit/EmitProgram.h"
#include "compiler/emit/EmitRef.h"
#include "compiler/emit/HostForm.h"
#include "compiler/emit/ObjectCode.h"
#include "compiler/emit/Ptxas.h"
#include "compiler/kernel/Plan.h"
#include "compiler/passes/Pipeline.h"
#include "compiler/passes/Scheme.h"
#include "compiler/target/TargetCpu.h"

#include <array>
#include <cstdlib>
#include <fmt/format.h>

using namespace mlir;

namespace clew::compiler {
namespace {

std::string textOf(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream);
  return text;
}

// ref: the graph as it is.

Result<std::string> noMachine(const CompileOptions &) { return std::string(); }

Result<Program> emitGraph(ModuleOp module, const CompileOptions &) {
  std::string scheme = schemeOf(module, /*roundedWeights=*/false);
  auto program = emitRef(module);
  if (program) {
    program->scheme = std::move(scheme);
  }
  return program;
}

// cpu: generated loops and packed products.

Result<TargetCpu> targetCpu(const CompileOptions &options) {
  auto cpu = options.cpu.empty() ? TargetCpu::host() : TargetCpu::named(options.cpu);
  return cpu ? cpu->multiplyingBf16(executionOf(options).bf16) : cpu;
}

Result<std::string> cpuMachine(const CompileOptions &options) {
  const auto cpu = options.cpu.empty() ? TargetCpu::host() : TargetCpu::named(options.cpu);
  return cpu ? Result<std::string>(fmt::format("{}\n{}", cpu->name, cpu->featureString)) : fail(cpu);
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
  program->scheme = std::move(scheme);
  program->code = CpuCode{cpu->name, cpu->features, std::move(*code)};
  return program;
}

constexpr std::array<std::string_view, 3> kCpuStages{"kernel", "llvm", "asm"};

Result<std::string> printCpu(ModuleOp module, const CompileOptions &options, std::string_view stage) {
  auto cpu = targetCpu(options);
  auto kernels = cpu ? runKernelPasses(module, options) : fail(cpu);
  if (!kernels) {
    return fail(kernels);
  }
  if (stage != "kernel") {
    return printStage(*kernels, *cpu, stage == "asm" ? CodeStage::Assembly : CodeStage::Llvm);
  }
  return textOf(module);
}

// cuda: generated kernels, and the products of a library.

/// Asks for the host form of kernels beside the PTX: for tests on machines without a GPU, never for artifacts.
bool wantsHostForm() {
  const char *asked = std::getenv("CLEW_CUDA_EMULATION");
  return asked && std::string_view(asked) == "1";
}

/// The chip that a cubin is made for beside the PTX, as in "sm_90"; none if the driver is to make machine code.
Result<std::string> cubinChip(const CompileOptions &options) {
  if (!options.cpu.empty() && chipNumber(options.cpu) < chipNumber(kDeviceChip)) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected a chip from {} on for the cuda target, found '{}'", kDeviceChip, options.cpu));
  }
  return options.cpu;
}

Result<std::string> cudaMachine(const CompileOptions &options) {
  auto chip = cubinChip(options);
  return chip ? Result<std::string>(fmt::format("{}\n{}\n{}", kDeviceChip, *chip, wantsHostForm() ? "emulated" : ""))
              : fail(chip);
}

Result<mlir::gpu::GPUModuleOp> runDevicePasses(ModuleOp module) {
  Result<void> done = runPasses(module, [](OpPassManager &passes) { buildDevicePipeline(passes); });
  return done ? Result<mlir::gpu::GPUModuleOp>(module.lookupSymbol<mlir::gpu::GPUModuleOp>(kernel::kernelsName))
              : fail(done);
}

Result<Program> emitCuda(ModuleOp module, const CompileOptions &options) {
  std::string scheme = schemeOf(module, /*roundedWeights=*/false);
  auto chip = cubinChip(options);
  auto kernels = chip ? runDevicePasses(module) : fail(chip);
  auto program = kernels ? emitProgram(module) : fail(kernels);
  auto ptx = program ? compileToPtx(*kernels) : fail(program);
  if (!ptx) {
    return fail(ptx);
  }
  CudaCode code{.chip = std::string(kDeviceChip), .ptx = std::move(*ptx), .cubins = {}};
  if (!chip->empty()) {
    auto assembled = assemblePtx(code.ptx, *chip);
    if (!assembled) {
      return fail(assembled);
    }
    code.cubins.push_back({*chip, std::move(assembled->image)});
  }
  if (wantsHostForm()) {
    auto object = compileToHostForm(*kernels);
    if (!object) {
      return fail(object);
    }
    code.emulation = std::move(*object);
  }
  program->scheme = std::move(scheme);
  program->code = std::move(code);
  return program;
}

constexpr std::array<std::string_view, 2> kCudaStages{"kernel", "ptx"};

Result<std::string> printCuda(ModuleOp module, const CompileOptions &, std::string_view stage) {
  auto kernels = runDevicePasses(module);
  return !kernels ? fail(kernels) : stage == "ptx" ? compileToPtx(*kernels) : Result<std::string>(textOf(module));
}

const std::array kRules{
    TargetRules{.target = Target::Ref, .trains = true, .carries = true, .machine = noMachine, .emit = emitGraph},
    TargetRules{.target = Target::Cpu,
                .choosesExecution = true,
                .trains = true,
                .carries = true,
                .machine = cpuMachine,
                .emit = emitCpu,
                .stages = kCpuStages,
                .print = printCpu},
    TargetRules{
        .target = Target::Cuda, .machine = cudaMachine, .emit = emitCuda, .stages = kCudaStages, .print = printCuda},
};
static_assert(std::tuple_size_v<decltype(kRules)> == kTargets.size(), "every target has rules");

} // namespace

std::span<const TargetRules> allTargetRules() { return kRules; }

const TargetRules &rulesOf(Target target) {
  return *llvm::find_if(kRules, [&](auto &one) { return one.target == target; });
}

Execution executionOf(const CompileOptions &options) {
  Execution execution = rulesOf(options.target).choosesExecution ? options.execution : Execution();
  if (options.precision == Precision::F32) {
    execution.bf16 = Bf16Products::Auto;
  }
  return execution;
}

} // namespace clew::compiler

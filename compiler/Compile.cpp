// See Compile.h. The order of things: import, graph passes, then RefOps, or kernel passes and code generation.
#include "compiler/Compile.h"

#include "compiler/emit/EmitParameters.h"
#include "compiler/emit/EmitProgram.h"
#include "compiler/emit/EmitRef.h"
#include "compiler/emit/ObjectCode.h"
#include "compiler/emit/TargetCpu.h"
#include "compiler/import/ImportModel.h"
#include "compiler/nn/NN.h"
#include "compiler/passes/Pipeline.h"
#include "compiler/tools/Register.h"
#include "runtime/program/ProgramFile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"

#include <fmt/format.h>

using namespace mlir;

namespace clew {
namespace {

/// A context with every dialect, and the module on its way through the pipeline.
struct Work {
  DialectRegistry registry;
  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> module;
};

/// Runs passes; the first diagnostic becomes the error, with its place in the YAML.
Result<void> runPasses(Work &work, llvm::function_ref<void(OpPassManager &)> build) {
  std::optional<Error> first;
  ScopedDiagnosticHandler collect(work.context.get(), [&](Diagnostic &diagnostic) {
    if (!first && diagnostic.getSeverity() == DiagnosticSeverity::Error) {
      first = Error{ErrorKind::Unsupported, diagnostic.str(), compiler::whereOf(diagnostic.getLocation())};
    }
    return success();
  });
  PassManager passes(work.context.get());
  build(passes);
  if (failed(passes.run(*work.module))) {
    return Failure(first.value_or(Error{ErrorKind::Internal, "a pass failed without saying why", ""}));
  }
  return {};
}

std::vector<std::string> wantedOutputs(const Model &model, const CompileOptions &options) {
  if (!options.outputs.empty()) {
    return options.outputs;
  }
  std::vector<std::string> wanted;
  for (const auto &[name, value] : model.outputs) {
    if (name == "hidden" || name == "pooled" || name == "logits") {
      wanted.push_back(name);
    }
  }
  return wanted;
}

Result<std::unique_ptr<Work>> import(const Model &model, const CompileOptions &options) {
  auto work = std::make_unique<Work>();
  compiler::registerClew(work->registry);
  work->context = std::make_unique<MLIRContext>(work->registry, MLIRContext::Threading::DISABLED);
  auto module = compiler::importModel(model, wantedOutputs(model, options), *work->context);
  if (!module) {
    return fail(module);
  }
  work->module = std::move(*module);
  return work;
}

/// What a batch may hold, read off the embeddings of the inputs.
void emitLimits(ModuleOp module, Program &program) {
  auto function = module.lookupSymbol<func::FuncOp>("main");
  function.walk([&](nn::EmbeddingOp embedding) {
    int64_t count = cast<RankedTensorType>(embedding.getTable().getType()).getDimSize(0);
    if (embedding.getIds().getDefiningOp<nn::PositionsOp>()) {
      program.maxLength = count;
    } else if (auto argument = dyn_cast<BlockArgument>(embedding.getIds())) {
      auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "nn.input");
      (name && name.getValue() == "segments" ? program.segments : program.vocabulary) = count;
    }
  });
}

std::string schemeOf(DType precision) {
  switch (precision) {
  case DType::BF16:
    return "bf16 operands of products, f32 accumulation; attention, norms, residuals and heads f32";
  case DType::S8:
    return "s8 weights per output channel, activations dynamic s8 per token; attention, norms, residuals and heads f32";
  default:
    return "f32";
  }
}

Result<compiler::TargetCpu> targetCpu(const CompileOptions &options) {
  return options.cpu.empty() ? compiler::TargetCpu::host() : compiler::TargetCpu::named(options.cpu);
}

Result<void> runGraphPasses(Work &work, const CompileOptions &options) {
  return runPasses(work, [&](OpPassManager &passes) { compiler::buildGraphPipeline(passes, options.precision); });
}

Result<ModuleOp> runKernelPasses(Work &work, const compiler::TargetCpu &cpu) {
  Result<void> done = runPasses(work, [&](OpPassManager &passes) { compiler::buildKernelPipeline(passes, cpu.name); });
  if (!done) {
    return fail(done);
  }
  return work.module->lookupSymbol<ModuleOp>(compiler::kernelsName);
}

Result<Program> emitCpu(Work &work, const CompileOptions &options) {
  auto cpu = targetCpu(options);
  if (!cpu) {
    return fail(cpu);
  }
  auto kernels = runKernelPasses(work, *cpu);
  if (!kernels) {
    return fail(kernels);
  }
  auto program = compiler::emitProgram(*work.module);
  if (!program) {
    return program;
  }
  auto code = compiler::compileToObject(*kernels, *cpu);
  if (!code) {
    return fail(code);
  }
  program->code = std::move(*code);
  program->cpu = cpu->name;
  program->features = cpu->features;
  return program;
}

} // namespace

Result<Program> compileModel(const Model &model, const CompileOptions &options) {
  auto work = import(model, options);
  if (!work) {
    return fail(work);
  }
  Program limits;
  emitLimits(*(*work)->module, limits);
  if (Result<void> done = runGraphPasses(**work, options); !done) {
    return fail(done);
  }
  auto program = options.target == Target::Ref   ? compiler::emitRef(*(*work)->module)
                 : options.target == Target::Cpu ? emitCpu(**work, options)
                                                 : fail(ErrorKind::Unavailable, "this build has no CUDA target");
  if (!program) {
    return program;
  }
  program->model = model.name();
  program->target = options.target;
  program->precision = options.precision;
  program->scheme = schemeOf(options.precision);
  program->vocabulary = limits.vocabulary;
  program->maxLength = limits.maxLength;
  program->segments = limits.segments;
  if (!model.checkpoints.empty()) {
    program->checkpointPrefix = model.checkpoints.front().prefix;
    program->checkpointIgnore = model.checkpoints.front().ignore;
  }
  return program;
}

Result<std::string> emitStage(const Model &model, const CompileOptions &options, std::string_view stage) {
  if (stage == "program") {
    auto program = compileModel(model, options);
    return program ? Result<std::string>(describe(*program)) : fail(program);
  }
  if (stage == "ptx") {
    return fail(ErrorKind::Unavailable, "this build has no CUDA target");
  }
  auto work = import(model, options);
  if (!work) {
    return fail(work);
  }
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (stage == "nn") {
    (*work)->module->print(stream);
    return text;
  }
  if (Result<void> done = runGraphPasses(**work, options); !done) {
    return fail(done);
  }
  if (stage == "fused") {
    (*work)->module->print(stream);
    return text;
  }
  if (stage != "kernel" && stage != "llvm" && stage != "asm") {
    return fail(ErrorKind::NotFound,
                fmt::format("unknown stage '{}': expected nn, fused, kernel, llvm, asm, ptx or program", stage));
  }
  auto cpu = targetCpu(options);
  if (!cpu) {
    return fail(cpu);
  }
  auto kernels = runKernelPasses(**work, *cpu);
  if (!kernels) {
    return fail(kernels);
  }
  if (stage == "kernel") {
    (*work)->module->print(stream);
    return text;
  }
  return compiler::printStage(*kernels, *cpu, stage == "asm" ? compiler::CodeStage::Assembly : compiler::CodeStage::Llvm);
}

} // namespace clew

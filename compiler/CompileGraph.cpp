// See CompileGraph.h. The order of things: graph passes, then what the target's rules say.
#include "compiler/CompileGraph.h"

#include "compiler/RunPasses.h"
#include "compiler/TargetRules.h"
#include "compiler/emit/DeviceCode.h"
#include "compiler/emit/EmitRef.h"
#include "compiler/emit/ObjectCode.h"
#include "compiler/kernel/Kernel.h"
#include "compiler/nn/Carried.h"
#include "compiler/passes/Pipeline.h"
#include "runtime/program/Describe.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>

using namespace mlir;

namespace clew::compiler {
namespace {

Result<void> runGraphPasses(ModuleOp module, const CompileOptions &options) {
  return runPasses(module, [&](OpPassManager &passes) { buildGraphPipeline(passes, options.precision); });
}

bool isCarrying(ModuleOp module) {
  auto function = module.lookupSymbol<func::FuncOp>("main");
  return function && nn::firstCarried(function);
}

/// Whose stage it is: the chosen target's, if it has it, else the first one's that has; null: nobody's. ref has none of its own.
const TargetRules *ownerOf(std::string_view stage, Target target) {
  const auto has = [&](const TargetRules &rules) {
    return std::ranges::find(rules.stages, stage) != rules.stages.end();
  };
  if (has(rulesOf(target))) {
    return &rulesOf(target);
  }
  const auto all = allTargetRules();
  const auto found = std::ranges::find_if(all, has);
  return found == all.end() ? nullptr : &*found;
}

} // namespace

void registerCompilerDialects(DialectRegistry &registry) {
  registry.insert<nn::NNDialect, kernel::KernelDialect, func::FuncDialect>();
  registerCodeDialects(registry);
  registerDeviceDialects(registry);
}

Result<Program> compileGraph(ModuleOp module, const CompileOptions &options) {
  const TargetRules &rules = rulesOf(options.target);
  if (const Result<std::string> machine = rules.machine(options); !machine) {
    return fail(machine);
  }
  if (isCarrying(module) && !rules.carries) {
    return fail(ErrorKind::Unsupported,
                fmt::format("on {} every batch begins anew: 'state: carry' needs cpu or ref", nameOf(options.target)));
  }
  if (Result<void> done = runGraphPasses(module, options); !done) {
    return fail(done);
  }
  auto program = rules.emit(module, options);
  if (program) {
    program->target = options.target;
    program->precision = options.precision;
    program->execution = executionOf(options);
  }
  return program;
}

Result<Program> compileTrainingGraph(ModuleOp module, const CompileOptions &options) {
  if (!rulesOf(options.target).trains) {
    return fail(ErrorKind::Unavailable, fmt::format("this build does not train on {}", nameOf(options.target)));
  }
  if (options.precision != Precision::F32) {
    return fail(ErrorKind::Unsupported, "training runs in f32");
  }
  if (isCarrying(module)) {
    return fail(ErrorKind::Unsupported, "in training every batch begins anew: say 'state: reset'");
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
  if (stage == "program") {
    auto program = compileGraph(module, options);
    return program ? Result<std::string>(describe(*program)) : fail(program);
  }
  const TargetRules *owner = ownerOf(stage, options.target);
  if (!owner && stage != "nn" && stage != "fused") {
    std::vector<std::string_view> stages{"nn", "fused"};
    for (const TargetRules &rules : allTargetRules()) {
      std::ranges::copy_if(rules.stages, std::back_inserter(stages), [&](std::string_view one) {
        return std::ranges::find(stages, one) == stages.end(); // several targets have it
      });
    }
    return fail(ErrorKind::NotFound,
                fmt::format("unknown stage '{}': expected {} or program", stage, fmt::join(stages, ", ")));
  }
  if (Result<void> done = stage == "nn" ? Result<void>() : runGraphPasses(module, options); !done) {
    return fail(done);
  }
  if (owner) {
    return owner->print(module, options, stage);
  }
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream);
  return text;
}

} // namespace clew::compiler

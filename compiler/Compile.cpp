// See Compile.h: imports a model, then hands the graph to CompileGraph.
#include "compiler/Compile.h"

#include "compiler/CheckpointTable.h"
#include "compiler/CompileGraph.h"
#include "compiler/import/ImportModel.h"
#include "compiler/nn/NN.h"
#include "runtime/base/ParameterPath.h"

#include "mlir/IR/MLIRContext.h"

#include <string_view>

using namespace mlir;

namespace clew {
namespace {

/// An imported module and what it lives in.
struct Graph {
  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> module;
};

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

Result<Graph> import(const Model &model, const CompileOptions &options) {
  DialectRegistry registry;
  compiler::registerCompilerDialects(registry);
  Graph graph;
  graph.context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  auto module = compiler::importModel(model, wantedOutputs(model, options), *graph.context);
  if (!module) {
    return fail(module);
  }
  graph.module = std::move(*module);
  return graph;
}

/// With the names that checkpoints of the model have for its parameters.
Result<Program> withCheckpoints(Result<Program> program, const Model &model) {
  if (!program) {
    return program;
  }
  Result<std::vector<CheckpointNames>> table = compiler::checkpointTable(model, program->parameters);
  if (!table) {
    return fail(table);
  }
  program->checkpoints = std::move(*table);
  return program;
}

} // namespace

Result<Program> compileModel(const Model &model, const CompileOptions &options) {
  auto graph = import(model, options);
  return graph ? withCheckpoints(compiler::compileGraph(*graph->module, options), model) : fail(graph);
}

Result<Program> compileTraining(const Model &model, const CompileOptions &options,
                                const std::vector<std::string> &frozen) {
  CompileOptions wanted = options;
  if (!llvm::is_contained(wanted.outputs, nn::lossName)) {
    wanted.outputs.insert(wanted.outputs.begin(), nn::lossName.str());
  }
  auto graph = import(model, wanted);
  if (!graph) {
    return fail(graph);
  }
  for (auto parameter : graph->module->getOps<nn::ParameterOp>()) {
    const bool isFrozen =
        llvm::any_of(frozen, [&](const std::string &path) { return isUnder(parameter.getSymName(), path); });
    if (isFrozen) {
      parameter->setAttr(nn::frozenName, UnitAttr::get(graph->context.get()));
    }
  }
  return withCheckpoints(compiler::compileTrainingGraph(*graph->module, wanted), model);
}

Result<std::string> emitStage(const Model &model, const CompileOptions &options, std::string_view stage) {
  auto graph = import(model, options);
  return graph ? compiler::printGraph(*graph->module, options, stage) : fail(graph);
}

} // namespace clew

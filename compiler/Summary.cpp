// What a model is made of, for people: read off the imported graph, in which every shape is known.
#include "compiler/SummarizeGraph.h"

#include "compiler/CheckpointTable.h"
#include "compiler/import/Count.h"
#include "compiler/import/ImportModel.h"
#include "compiler/nn/NN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace clew {
namespace {

std::string rowsOf(RankedTensorType type) {
  nn::LevelAttr level = nn::levelOf(type);
  return level ? level.getName().str() : "rows";
}

/// "[tokens, 768]": dynamic rows by their level.
std::string shapeText(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  std::string text;
  for (int64_t size : type.getShape()) {
    text += (text.empty() ? "" : ", ") + (ShapedType::isDynamic(size) ? rowsOf(type) : std::to_string(size));
  }
  return "[" + text + "]";
}

/// Elements of the parameters that an op reads, each counted at its first reader.
int64_t parametersOf(Operation *op, ModuleOp module, llvm::StringSet<> &seen) {
  int64_t count = 0;
  for (Value operand : op->getOperands()) {
    auto get = operand.getDefiningOp<nn::GetOp>();
    if (get && seen.insert(get.getParameter()).second) {
      count += compiler::parameterCount(module.lookupSymbol<nn::ParameterOp>(get.getParameter()));
    }
  }
  return count;
}

/// Names and shapes, which is all that checkpoints are laid out by.
std::vector<Parameter> parametersOf(ModuleOp module) {
  std::vector<Parameter> parameters;
  for (auto parameter : module.getOps<nn::ParameterOp>()) {
    const ArrayRef<int64_t> shape = cast<ShapedType>(parameter.getType()).getShape();
    parameters.push_back({parameter.getSymName().str(), {shape.begin(), shape.end()}, Init::Normal});
  }
  return parameters;
}

/// The part of a parameter's name that its op owns: "layer.0.query" of "layer.0.query.weight".
std::string nameOf(Operation *op) {
  for (Value operand : op->getOperands()) {
    if (auto get = operand.getDefiningOp<nn::GetOp>()) {
      return get.getParameter().rsplit('.').first.str();
    }
  }
  return "";
}

} // namespace

ModelSummary compiler::summarizeGraph(ModuleOp module, int64_t tokens) {
  ModelSummary summary;
  summary.tokens = tokens;
  summary.parameters = compiler::parameterCount(module);
  summary.flops = compiler::flopsAt(module, tokens);
  llvm::StringSet<> seen;
  module.lookupSymbol<func::FuncOp>("main").walk([&](Operation *op) {
    if (op->getNumResults() == 0 || isa<nn::GetOp>(op)) {
      return;
    }
    summary.nodes.push_back(
        {op->getName().stripDialect().str(), nameOf(op), shapeText(op->getResult(0)), parametersOf(op, module, seen)});
  });
  return summary;
}

Result<ModelSummary> summarize(const Model &model, int64_t tokens) {
  DialectRegistry registry;
  registry.insert<nn::NNDialect, func::FuncDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  std::vector<std::string> outputs;
  for (const auto &[name, value] : model.outputs) {
    outputs.push_back(name);
  }
  auto module = compiler::importModel(model, outputs, context);
  if (!module) {
    return fail(module);
  }
  if (const auto table = compiler::checkpointTable(model, parametersOf(**module)); !table) {
    return fail(table);
  }
  return compiler::summarizeGraph(**module, tokens);
}

} // namespace clew

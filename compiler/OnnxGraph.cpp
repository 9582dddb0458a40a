// See OnnxGraph.h.
#include "compiler/OnnxGraph.h"

#include "compiler/CompileGraph.h"
#include "compiler/ProgramCache.h"
#include "compiler/SummarizeGraph.h"
#include "compiler/nn/NN.h"
#include "compiler/recognize/Recognize.h"

#include "mlir/IR/MLIRContext.h"

#include <fmt/format.h>

using namespace mlir;

namespace clew {

struct OnnxGraph::Impl {
  std::unique_ptr<MLIRContext> context;
  compiler::RecognizedGraph graph;
  std::string path;
  std::string name;
};

Result<OnnxGraph> OnnxGraph::recognize(const onnx::Model &model, const std::string &path) {
  DialectRegistry registry;
  compiler::registerCompilerDialects(registry);
  auto impl = std::make_shared<Impl>();
  impl->context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  Result<compiler::RecognizedGraph> graph = compiler::recognizeOnnx(model, path, *impl->context);
  if (!graph) {
    return fail(graph);
  }
  impl->graph = std::move(*graph);
  impl->path = path;
  impl->name = (*impl->graph.module)->getAttrOfType<StringAttr>(nn::modelName).str();
  return OnnxGraph(std::move(impl));
}

/// Where the file's tensors make the parameters. Others of it are none of ours.
static CheckpointNames namesIn(const std::map<std::string, TensorRecipe> &recipes,
                               std::span<const Parameter> parameters) {
  CheckpointNames names{};
  names.form.format = "onnx";
  for (const Parameter &parameter : parameters) {
    names.tensors.push_back(recipes.at(parameter.name));
    const std::vector<std::string> tensors = names.tensors.back().tensors();
    names.form.ignore.insert(names.form.ignore.end(), tensors.begin(), tensors.end());
  }
  names.form.ignore.emplace_back("*");
  return names;
}

Result<Program> OnnxGraph::compile(const CompileOptions &options) const {
  const OwningOpRef<ModuleOp> module((*impl->graph.module).clone());
  Result<Program> program = compiler::compileGraph(*module, options);
  if (program) {
    program->checkpoints = {namesIn(impl->graph.recipes, program->parameters)};
  }
  return program;
}

Result<Program> OnnxGraph::compileCached(const CompileOptions &options) const {
  std::string identity;
  llvm::raw_string_ostream stream(identity);
  (*impl->graph.module)->print(stream);
  for (const auto &[parameter, recipe] : impl->graph.recipes) {
    stream << parameter << ": " << recipe.describe() << "\n";
  }
  return compiler::cachedProgram(identity, options, [&] { return compile(options); });
}

Result<std::string> OnnxGraph::emit(const CompileOptions &options, std::string_view stage) const {
  const OwningOpRef<ModuleOp> module((*impl->graph.module).clone());
  return compiler::printGraph(*module, options, stage);
}

ModelSummary OnnxGraph::summary(int64_t tokens) const {
  const OwningOpRef<ModuleOp> module((*impl->graph.module).clone());
  return compiler::summarizeGraph(*module, tokens);
}

const onnx::PaddedForm &OnnxGraph::form() const { return impl->graph.form; }

const std::string &OnnxGraph::name() const { return impl->name; }

} // namespace clew

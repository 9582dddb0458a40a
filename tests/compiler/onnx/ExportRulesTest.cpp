// Every op that a model may use has a form in ONNX, every model of the zoo exports with every head that it takes, and graphs hold together:
// values stand before what reads them, once.
#include "compiler/onnx/ExportRules.h"

#include "compiler/Export.h"
#include "compiler/onnx/ExportGraph.h"
#include "zoo/Zoo.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

using namespace clew;
using namespace clew::compiler;

namespace {

/// Adds what is wrong with the order or the names of a graph's values; `known` are those of the graphs around it.
void checkValues(const onnx::Graph &graph, std::set<std::string> known, std::vector<std::string> &wrong) {
  const auto define = [&](const std::string &name) {
    if (!known.insert(name).second) {
      wrong.push_back(fmt::format("'{}' is made twice", name));
    }
  };
  for (const onnx::Tensor &tensor : graph.initializers) {
    define(tensor.name);
  }
  for (const onnx::ValueInfo &input : graph.inputs) {
    define(input.name);
  }
  for (const onnx::Node &node : graph.nodes) {
    for (const std::string &input : node.inputs) {
      if (!input.empty() && !known.contains(input)) {
        wrong.push_back(fmt::format("{} reads '{}' before it is made", node.name, input));
      }
    }
    for (const onnx::Attribute &attribute : node.attributes) {
      if (const auto *body = std::get_if<std::shared_ptr<onnx::Graph>>(&attribute.value)) {
        checkValues(**body, known, wrong);
      }
    }
    std::ranges::for_each(node.outputs, define);
  }
  for (const onnx::ValueInfo &output : graph.outputs) {
    if (!known.contains(output.name)) {
      wrong.push_back(fmt::format("output '{}' is never made", output.name));
    }
  }
}

std::vector<std::string> allOutputs(const Model &model) {
  std::vector<std::string> names;
  for (const auto &[name, value] : model.outputs) {
    names.push_back(name);
  }
  return names;
}

/// Whether the model is one: a head need not fit every body, which the import finds out (BadInput).
bool checkExport(const Model &model, const std::string &what, bool mustFit) {
  CAPTURE(what);
  const Result<ExportedGraph> exported = exportModel(model, allOutputs(model));
  if (!exported && exported.error().kind == ErrorKind::BadInput && !mustFit) {
    return false;
  }
  REQUIRE_MESSAGE(exported, exported.error().render());
  CHECK(exported->graph.outputs.size() == model.outputs.size());
  std::set<std::string> weights;
  std::vector<std::string> wrong;
  for (const ExportedWeight &weight : exported->weights) {
    if (!weights.insert(weight.name).second) {
      wrong.push_back(fmt::format("weight '{}' is there twice", weight.name));
    }
  }
  checkValues(exported->graph, weights, wrong);
  CHECK_MESSAGE(wrong.empty(), fmt::format("{}", fmt::join(wrong, "; ")));
  return true;
}

} // namespace

TEST_CASE("ops without a form in ONNX are those that models do not use") {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<nn::NNDialect>();
  std::set<std::string> without;
  for (mlir::RegisteredOperationName name : context.getRegisteredOperationsByDialect("nn")) {
    if (!exportRules().contains(name.getStringRef())) {
      without.insert(name.stripDialect().str());
    }
  }
  // The first two are read through the ops that read them; losses and what passes make are no part of a model.
  const std::set<std::string> expected = {"parameter",
                                          "get",
                                          "cast",
                                          "quantize",
                                          "dequantize",
                                          "recurrence",
                                          "random",
                                          "accumulate",
                                          "fill",
                                          "scale_by",
                                          "matmul",
                                          "outer_sum",
                                          "sum_rows",
                                          "sum",
                                          "derivative",
                                          "standardize",
                                          "layer_norm_gradient",
                                          "batch_norm_gradient",
                                          "softmax_gradient",
                                          "l2_normalize_gradient",
                                          "pad",
                                          "drop",
                                          "spread",
                                          "shift",
                                          "embedding_gradient",
                                          "max_gradient",
                                          "window_gradient",
                                          "attention_gradient",
                                          "recurrence_gradient",
                                          "cross_entropy",
                                          "soft_cross_entropy",
                                          "mean_square",
                                          "crf_loss"};
  CHECK(without == expected);
}

TEST_CASE("every model of the zoo exports, with every head that it takes") {
  const Result<Zoo> zoo = Zoo::openOnly({CLEW_SOURCE_DIR "/zoo"});
  REQUIRE(zoo);
  size_t models = 0;
  size_t heads = 0;
  for (const ModelFile &file : zoo->models()) {
    const Result<Model> body = zoo->findModel(file.architecture);
    REQUIRE_MESSAGE(body, body.error().render());
    models += checkExport(*body, file.architecture, true) ? 1 : 0;
    for (const ModelFile &head : zoo->heads()) {
      if (const Result<Model> model = zoo->withHead(*body, head.architecture); model) {
        heads += checkExport(*model, file.architecture + " with " + head.architecture, false) ? 1 : 0;
      }
    }
  }
  CHECK(models == zoo->models().size());
  CHECK(models >= 24);
  CHECK(heads >= 60);
  MESSAGE("exported: ", models, " models, and ", heads, " with heads");
}

TEST_CASE("an op without a form is named, with its place") {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<nn::NNDialect, mlir::func::FuncDialect>();
  const auto module = mlir::parseSourceString<mlir::ModuleOp>(
      R"(module attributes {nn.model = "m"} {
        func.func @main(%ids: tensor<?xi32, #nn.of<"tokens">> {nn.input = "ids"}, %offsets: tensor<?xi32, #nn.offsets<"tokens", "batch">> {nn.input = "offsets"})
            -> (tensor<?x4xf32, #nn.of<"tokens">> {nn.output = "hidden"}) {
          %w = nn.get @w : tensor<9x4xf32>
          %x = nn.embedding %ids, %w : tensor<?xi32, #nn.of<"tokens">>, tensor<9x4xf32>
          %y = nn.standardize %x eps 1.0e-5 : tensor<?x4xf32, #nn.of<"tokens">> loc("model.yaml":7:3)
          return %y : tensor<?x4xf32, #nn.of<"tokens">>
        }
        nn.parameter @w normal : tensor<9x4xf32>
      })",
      &context);
  REQUIRE(module);
  const Result<ExportedGraph> exported = exportGraph(*module);
  REQUIRE(!exported);
  CHECK(exported.error().kind == ErrorKind::Unsupported);
  CHECK(exported.error().render() ==
        "model.yaml:7:3: error: op 'standardize' has no form in ONNX: it cannot be exported");
}

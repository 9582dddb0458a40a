// Recognition of ONNX graphs: what is exported comes back as the same graph of nn, and computes what the evaluator computes. The most
// important test is that of mutations: a graph in which an axis, a number, an operand or an op was changed is recognised as what it then is, or
// declined; never is it another number.
#include "tests/compiler/recognize/SmallModels.h"

#include "compiler/import/ImportModel.h"
#include "compiler/nn/NN.h"
#include "compiler/recognize/Recognize.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace clew;

namespace {

/// Architectures, with a head or without, that come back as graphs of nn.
const std::vector<std::pair<std::string, std::string>> recognized{
    {"bert", ""},   {"bert", "classify"}, {"bert", "tag"}, {"bert", "span"}, {"roberta", ""},
    {"albert", ""}, {"distilbert", ""},   {"electra", ""}, {"minilm", ""},   {"ernie", ""},
    {"gpt2", ""},   {"gpt", ""},          {"bilstm", ""},  {"bigru", ""}};

/// What a value is, as a number that equal values of two graphs share; parameters are alike when their shapes are.
class Numbering {
public:
  int of(mlir::Value value) {
    if (auto argument = mlir::dyn_cast<mlir::BlockArgument>(value)) {
      auto function = mlir::cast<mlir::func::FuncOp>(argument.getOwner()->getParentOp());
      return number("input " +
                    function.getArgAttrOfType<mlir::StringAttr>(argument.getArgNumber(), nn::inputName).str());
    }
    mlir::Operation *op = value.getDefiningOp();
    if (auto dropout = mlir::dyn_cast<nn::DropoutOp>(op)) {
      return of(dropout.getX());
    }
    if (const auto known = numbers.find(value); known != numbers.end()) {
      return known->second;
    }
    std::string text = op->getName().getStringRef().str();
    llvm::raw_string_ostream stream(text);
    stream << mlir::cast<mlir::OpResult>(value).getResultNumber() << value.getType();
    for (const mlir::NamedAttribute &attribute : op->getAttrDictionary()) {
      if (mlir::isa<nn::GetOp>(op) || attribute.getName() == "operandSegmentSizes") {
        continue;
      }
      stream << attribute.getName().getValue() << "=";
      if (auto real = mlir::dyn_cast<mlir::FloatAttr>(attribute.getValue())) {
        stream << fmt::format("{:.5g}", real.getValueAsDouble()); // files hold f32
      } else {
        stream << attribute.getValue();
      }
    }
    for (const mlir::Value operand : op->getOperands()) {
      stream << " " << of(operand);
    }
    return numbers[value] = number(text);
  }

private:
  int number(const std::string &text) { return known.try_emplace(text, static_cast<int>(known.size())).first->second; }

  std::map<std::string, int> known;
  llvm::DenseMap<mlir::Value, int> numbers;
};

/// Outputs by name.
std::map<std::string, mlir::Value> outputsOf(mlir::ModuleOp module) {
  std::map<std::string, mlir::Value> out;
  auto function = module.lookupSymbol<mlir::func::FuncOp>("main");
  for (auto [index, value] : llvm::enumerate(function.getBody().front().getTerminator()->getOperands())) {
    out[function.getResultAttrOfType<mlir::StringAttr>(index, nn::outputName).str()] = value;
  }
  return out;
}

std::string textOf(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

void checkRoundTrip(const Model &model, const onnx::Model &exported) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  std::vector<std::string> names;
  for (const auto &[name, value] : model.outputs) {
    names.push_back(name);
  }
  const auto zoo = compiler::importModel(model, names, context);
  REQUIRE(zoo);
  const auto graph = compiler::recognizeOnnx(exported, "model.onnx", context);
  REQUIRE_MESSAGE(graph, graph.error().message);
  CHECK(graph->form.wholeOnly == "");
  Numbering numbering;
  const auto theirs = outputsOf(*graph->module);
  for (const auto &[name, value] : outputsOf(**zoo)) {
    REQUIRE(theirs.contains(name));
    const bool same = numbering.of(value) == numbering.of(theirs.at(name));
    CHECK_MESSAGE(same, fmt::format("output {}:\n{}\n{}", name, textOf(**zoo), textOf(*graph->module)));
    if (!same) {
      return;
    }
  }
}

constexpr double tolerance = 2e-5; // f32 against f64 sums, through two layers

} // namespace

TEST_CASE("exported models come back as the same graphs of nn") {
  for (const auto &[architecture, head] : recognized) {
    CAPTURE(architecture);
    CAPTURE(head);
    const ScratchFolder scratch;
    const Result<Model> model = smallModel(architecture, head, scratch);
    REQUIRE_MESSAGE(model, model.error().render());
    const Result<onnx::Model> exported = exportedWithWeights(*model, 1);
    REQUIRE_MESSAGE(exported, exported.error().render());
    checkRoundTrip(*model, *exported);
  }
}

TEST_CASE("recognised graphs compute what the evaluator computes, on rows of several lengths") {
  std::mt19937 chance(7);
  for (const auto &[architecture, head] : recognized) {
    CAPTURE(architecture);
    CAPTURE(head);
    const ScratchFolder scratch;
    const Result<Model> model = smallModel(architecture, head, scratch);
    REQUIRE(model);
    const Result<onnx::Model> exported = exportedWithWeights(*model, 2);
    REQUIRE(exported);
    for (const std::vector<int64_t> &lengths : {std::vector<int64_t>{4, 1, 9, 2}, {1}, {7, 7}}) {
      const auto inputs = paddedInputs(*exported, lengths, 9, chance);
      const Outputs ours = runRecognized(*exported, inputs, scratch);
      REQUIRE_MESSAGE(ours, ours.error().render());
      const Outputs theirs = runByOp(*exported, inputs);
      REQUIRE_MESSAGE(theirs, theirs.error().render());
      for (const auto &[name, value] : *theirs) {
        CAPTURE(name);
        CHECK(differenceAtTokens(ours->at(name), value, lengths) < tolerance);
      }
    }
  }
}

TEST_CASE("batches that break the condition of packing are not packed") {
  const ScratchFolder scratch;
  const Result<onnx::Model> exported = exportedWithWeights(*smallModel("bert", "", scratch), 3);
  REQUIRE(exported);
  std::mt19937 chance(3);
  const auto refused = [&](size_t input, size_t at, int64_t value, const char *why) {
    auto inputs = paddedInputs(*exported, {3, 5}, 6, chance);
    inputs[input].array.to<int64_t>()[at] = value;
    const Outputs ran = runRecognized(*exported, inputs, scratch);
    REQUIRE(!ran);
    CHECK(ran.error().kind == ErrorKind::BadInput);
    CHECK_MESSAGE(ran.error().message.find(why) != std::string::npos, ran.error().message);
  };
  size_t mask = 0;
  while (exported->graph.inputs[mask].name != "attention_mask") {
    ++mask;
  }
  refused(mask, 1, 0, "row 0 of the mask"); // a hole
  refused(mask, 4, 1, "row 0 of the mask"); // a token behind padding
  refused(mask, 0, 2, "row 0 of the mask"); // neither 0 nor 1
  refused(0, 0, -1, "has -1 at a token");   // ONNX counts from the table's end
}

// Graphs become RefOps: what a Program for the ref target holds. tests/conformance runs them.
#include "compiler/emit/EmitRef.h"

#include "compiler/import/ImportModel.h"
#include "compiler/passes/Pipeline.h"
#include "runtime/program/Validate.h"
#include "zoo/ModelReader.h"

#include "mlir/IR/MLIRContext.h"

#include <doctest/doctest.h>

using namespace clew;
using namespace clew::compiler;

namespace {

Program compileRef(const std::string &architecture, const std::string &size, std::vector<std::string> outputs,
                   Precision precision) {
  auto model = readModel(std::string(CLEW_SOURCE_DIR) + "/zoo/models/" + architecture + ".yaml", size);
  REQUIRE_MESSAGE(model.has_value(), model.error().render());
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  auto module = importModel(*model, outputs, context);
  REQUIRE_MESSAGE(module.has_value(), module.error().render());
  mlir::PassManager passes(&context);
  buildGraphPipeline(passes, precision);
  REQUIRE(mlir::succeeded(passes.run(**module)));
  auto program = emitRef(**module);
  REQUIRE_MESSAGE(program.has_value(), program.error().render());
  auto valid = validate(*program);
  REQUIRE_MESSAGE(valid.has_value(), valid.error().render());
  return *program;
}

std::vector<const RefOp *> opsNamed(const Program &program, std::string_view name) {
  std::vector<const RefOp *> found;
  for (const Step &step : program.steps) {
    const auto &op = std::get<RefOp>(step.stages.front());
    if (op.op == name) {
      found.push_back(&op);
    }
  }
  return found;
}

double attributeOf(const RefOp &op, std::string_view name) {
  for (const auto &[key, value] : op.attributes) {
    if (key == name) {
      return value;
    }
  }
  return -1;
}

} // namespace

TEST_CASE("a small BERT: merged projections, no dropout, the pooler over sequences") {
  Program program = compileRef("bert", "tinybert-4l-312", {"hidden", "pooled"}, Precision::F32);
  CHECK(program.model == "bert/tinybert-4l-312");
  CHECK(limitOf(program, "ids") == 21128);
  CHECK(mostTokens(program) == 512);
  CHECK(limitOf(program, "segments") == 2);
  CHECK(findInput(program, "segments")->optional);
  CHECK(opsNamed(program, "dropout").empty());
  CHECK(opsNamed(program, "linear").size() == 4 * 4 + 1);
  CHECK(opsNamed(program, "concat").size() == 4 * 2);
  auto attentions = opsNamed(program, "attention");
  REQUIRE(attentions.size() == 4);
  CHECK(attentions[0]->results.size() == 1);
  CHECK(attributeOf(*attentions[0], "heads") == 12);
  CHECK(attributeOf(*attentions[0], "scale") == doctest::Approx(0.19611613513818404));
  REQUIRE(program.outputs.size() == 2);
  CHECK(program.buffers[program.outputs[0].buffer].rows == Extent::of(1));
  CHECK(program.buffers[program.outputs[1].buffer].rows == Extent::of(0));
  CHECK(program.steps.front().where.find("bert.yaml:") != std::string::npos);
}

TEST_CASE("bf16 casts, s8 quantizes, attention is cast in both; heads stay f32") {
  Program half = compileRef("bert", "tinybert-4l-312", {"hidden", "pooled"}, Precision::BF16);
  CHECK(opsNamed(half, "cast").size() == 4 * (4 * 2 + 3));
  Program integer = compileRef("bert", "tinybert-4l-312", {"hidden", "pooled"}, Precision::Int8);
  CHECK(opsNamed(integer, "cast").size() == 4 * 3);
  CHECK(opsNamed(integer, "quantize").size() == 4 * 4 * 2);
  CHECK(opsNamed(integer, "dequantize").size() == 4 * 4);
}

TEST_CASE("a BiLSTM: one input product a layer, two recurrences") {
  Program program = compileRef("bilstm", "base", {"hidden", "logits"}, Precision::Int8);
  auto cells = opsNamed(program, "recurrence");
  REQUIRE(cells.size() == 4);
  CHECK(cells[0]->operands.size() == 4);
  CHECK(cells[0]->results.size() == 1);
  CHECK(attributeOf(*cells[0], "hidden") == 286);
  CHECK(attributeOf(*cells[0], "reverse") == 0);
  CHECK(attributeOf(*cells[1], "reverse") == 1);
  CHECK(opsNamed(program, "linear").size() == 3);
  CHECK(opsNamed(program, "dequantize").size() == 2);
}

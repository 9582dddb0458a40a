// See GradientRun.h.
#include "tests/compiler/gradients/GradientRun.h"

#include "compiler/CompileGraph.h"
#include "compiler/emit/EmitRef.h"
#include "compiler/passes/Pipeline.h"
#include "runtime/base/RandomBits.h"
#include "runtime/program/Batch.h"
#include "runtime/program/Executor.h"
#include "runtime/program/Validate.h"
#include "runtime/ref/RefExecutor.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <doctest/doctest.h>

namespace clew {
namespace {

constexpr const char *before = R"(
#tokens = #nn.of<"tokens">
#batch = #nn.of<"batch">
!offsets = tensor<?xi32, #nn.offsets<"tokens", "batch">>
!number = tensor<1x1xf64>
module attributes {nn.model = "test/gradients"} {
)";
constexpr const char *head = R"(
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids"}, %rows: tensor<?xi32, #batch> {nn.input = "rows"},
                %labels: tensor<?xi32, #tokens> {nn.input = "labels"}, %classes: tensor<?xi32, #batch> {nn.input = "classes"},
                %offsets: !offsets {nn.input = "offsets"}) -> (!number {nn.output = "loss"}) {
)";

Program compile(const std::string &text) {
  mlir::DialectRegistry registry;
  compiler::registerCompilerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  std::string said;
  mlir::ScopedDiagnosticHandler collect(&context, [&](mlir::Diagnostic &diagnostic) {
    said += diagnostic.str() + "\n";
    return mlir::success();
  });
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  REQUIRE_MESSAGE(module, said << text);
  mlir::PassManager passes(&context);
  compiler::buildTrainingPipeline(passes);
  REQUIRE_MESSAGE(mlir::succeeded(passes.run(*module)), said);
  auto program = compiler::emitTraining(*module);
  REQUIRE_MESSAGE(program.has_value(), program.error().render());
  return std::move(*program);
}

} // namespace

GradientRun::GradientRun(const std::string &parameters, const std::string &body, double size)
    : compiled(compile(before + parameters + head + body + "}}")) {
  double angle = 0;
  for (const State &state : compiled.states) {
    auto &values = memory.emplace_back(static_cast<size_t>(state.rows * state.columns));
    for (double &value : values) {
      angle += 1.7;
      value = state.kind == StateKind::Parameter ? size * std::sin(angle) : 0;
    }
    if (state.kind == StateKind::Random) {
      const RandomState random = randomState(7, 3);
      std::memcpy(values.data(), random.data(), sizeof(random));
    }
  }
}

double GradientRun::loss() {
  const std::vector<int32_t> ids{0, 1, 2, 3, 4, 5, 6}, rows{0, 1, 2}, labels{0, 2, 1, 1, 0, 0, 2}, classes{2, 0, 1};
  const std::vector<int32_t> offsets{0, 3, 4, 7};
  std::vector<BatchInput> others;
  for (const auto &[name, values] : {std::pair{"rows", &rows}, {"labels", &labels}, {"classes", &classes}}) {
    others.push_back({name, *values});
  }
  const Batch batch{ids, {}, offsets, others};
  const auto bound = checkBatch(compiled, batch);
  REQUIRE_MESSAGE(bound.has_value(), bound.error().render());
  DerivedInputs derived;
  derive(compiled, batch, *bound, derived);
  std::vector<std::vector<double>> buffers;
  std::vector<void *> bufferBases, stateBases;
  for (const Buffer &buffer : compiled.buffers) {
    buffers.emplace_back(static_cast<size_t>(buffer.rows.at(*bound) * buffer.columnsAt(*bound)));
    bufferBases.push_back(buffers.back().data());
  }
  for (size_t i = 0; i < memory.size(); ++i) {
    if (compiled.states[i].kind == StateKind::Gradient) {
      std::ranges::fill(memory[i], 0);
    }
    stateBases.push_back(memory[i].data());
  }
  Frame frame;
  frame.size = *bound;
  frame.inputs = derived.pointers;
  frame.buffers = bufferBases;
  frame.states = stateBases;
  auto executor = makeRefExecutor(compiled);
  REQUIRE_MESSAGE(executor.has_value(), executor.error().render());
  for (size_t i = 0; i < compiled.steps.size(); ++i) {
    auto done = (*executor)->run(compiled.steps[i], static_cast<int>(i), frame);
    REQUIRE_MESSAGE(done.has_value(), done.error().render());
  }
  return buffers[static_cast<size_t>(compiled.outputs.front().buffer)][0];
}

std::vector<double> &GradientRun::valuesOf(const std::string &state) {
  const auto found = std::ranges::find(compiled.states, state, &State::name);
  REQUIRE(found != compiled.states.end());
  return memory[static_cast<size_t>(found - compiled.states.begin())];
}

double largestDifference(GradientRun &run) {
  const auto &states = run.program().states;
  double largest = 0;
  size_t gradients = 0;
  for (size_t i = 0; i < states.size(); ++i) {
    if (states[i].kind != StateKind::Gradient) {
      continue;
    }
    ++gradients;
    run.loss();
    const std::vector<double> found = run.valuesOf(i);
    auto &values = run.valuesOf(run.program().parameters[static_cast<size_t>(states[i].parameter)].name);
    for (size_t j = 0; j < values.size(); ++j) {
      const double kept = values[j];
      const double step = 1e-5;
      values[j] = kept + step;
      const double above = run.loss();
      values[j] = kept - step;
      const double below = run.loss();
      values[j] = kept;
      const double expected = (above - below) / (2 * step);
      largest = std::max(largest, std::abs(found[j] - expected) / std::max(1.0, std::abs(expected)));
    }
  }
  REQUIRE(gradients > 0);
  return largest;
}

} // namespace clew

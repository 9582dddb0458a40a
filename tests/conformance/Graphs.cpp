// See Graphs.h.
#include "tests/conformance/Graphs.h"

#include "compiler/CompileGraph.h"
#include "runtime/session/Session.h"
#include "runtime/weights/Weights.h"

#include "mlir/Parser/Parser.h"

#include <cmath>
#include <random>

namespace clew::conformance {

TestBatch makeBatch(const std::vector<int> &lengths, int64_t vocabulary, uint32_t seed) {
  std::mt19937 random(seed);
  TestBatch batch;
  batch.offsets.push_back(0);
  for (int length : lengths) {
    for (int i = 0; i < length; ++i) {
      batch.ids.push_back(static_cast<int32_t>(random() % static_cast<uint32_t>(vocabulary)));
    }
    batch.offsets.push_back(static_cast<int32_t>(batch.ids.size()));
  }
  return batch;
}

TestBatch sequenceOf(const TestBatch &batch, size_t index) {
  int32_t begin = batch.offsets[index];
  int32_t end = batch.offsets[index + 1];
  return {{batch.ids.begin() + begin, batch.ids.begin() + end}, {0, end - begin}};
}

static Result<Program> compileText(const std::string &text, const RunOptions &options) {
  mlir::DialectRegistry registry;
  compiler::registerCompilerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module) {
    return fail(ErrorKind::BadInput, "the graph does not parse");
  }
  CompileOptions compile;
  compile.target = options.target;
  compile.precision = options.precision;
  compile.cpu = options.cpu;
  return compiler::compileGraph(*module, compile);
}

namespace {

/// One to five characters for each token, for graphs that read `characters` and `character_offsets`: they follow from the ids, so that a
/// sequence alone has those that it has in a batch.
struct MoreInputs {
  std::vector<int32_t> characters;
  std::vector<int32_t> characterOffsets{0};

  /// One place for each second token of a sequence and one more, from its end on, for graphs that read `masks` and `mask_offsets`.
  std::vector<int32_t> masks;
  std::vector<int32_t> maskOffsets{0};

  explicit MoreInputs(const TestBatch &batch) {
    for (size_t i = 0; i + 1 < batch.offsets.size(); ++i) {
      for (int32_t place = batch.offsets[i + 1] - batch.offsets[i] - 1; place >= -1; place -= 2) {
        masks.push_back(std::max(place, 0));
      }
      maskOffsets.push_back(static_cast<int32_t>(masks.size()));
    }
    for (int32_t id : batch.ids) {
      for (int32_t i = 0; i <= id % 5; ++i) {
        characters.push_back((7 * id + 3 * i) % 61);
      }
      characterOffsets.push_back(static_cast<int32_t>(characters.size()));
    }
  }
};

} // namespace

Result<std::vector<Outputs>> runGraph(const std::string &text, const RunOptions &options,
                                      const std::vector<TestBatch> &batches) {
  auto program = compileText(text, options);
  if (!program) {
    return fail(program);
  }
  Weights weights = randomWeights(*program, 7, 1);
  ExecutableOptions execute;
  execute.threads = options.threads;
  auto executable = Executable::create(std::move(*program), std::move(weights), execute);
  if (!executable) {
    return fail(executable);
  }
  auto session = Session::create(*executable);
  if (!session) {
    return fail(session);
  }
  std::vector<Outputs> all;
  for (const TestBatch &batch : batches) {
    const MoreInputs more(batch);
    std::vector<int32_t> segments; // of graphs that read them: three, as the ids have it
    for (int32_t id : batch.ids) {
      segments.push_back(id % 3);
    }
    std::vector<BatchInput> others;
    for (const BatchInput &input :
         {BatchInput{"characters", more.characters}, BatchInput{"character_offsets", more.characterOffsets},
          BatchInput{"masks", more.masks}, BatchInput{"mask_offsets", more.maskOffsets}}) {
      if (findInput((*executable)->program(), input.name)) {
        others.push_back(input);
      }
    }
    if (Result<void> done = session->run(
            {batch.ids, findInput((*executable)->program(), "segments") ? segments : std::span<const int32_t>(),
             batch.offsets, others});
        !done) {
      return fail(done);
    }
    Outputs outputs;
    for (const OutputView &view : session->outputs()) {
      std::span<const float> values = view.values();
      outputs[std::string(view.name)] = {view.rows, view.columns, {values.begin(), values.end()}};
    }
    all.push_back(std::move(outputs));
  }
  return all;
}

double distance(const Matrix &a, const Matrix &b) {
  if (a.rows != b.rows || a.columns != b.columns) {
    return INFINITY;
  }
  double worst = 0;
  double largest = 1;
  for (size_t i = 0; i < a.values.size(); ++i) {
    double difference = std::fabs(static_cast<double>(a.values[i]) - b.values[i]);
    if (!(difference <= worst)) {
      worst = std::isnan(difference) ? INFINITY : difference;
    }
    largest = std::max(largest, std::fabs(static_cast<double>(b.values[i])));
  }
  return worst / largest;
}

} // namespace clew::conformance

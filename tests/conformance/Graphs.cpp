// See Graphs.h.
#include "tests/conformance/Graphs.h"

#include "compiler/CompileGraph.h"
#include "runtime/session/Session.h"
#include "runtime/weights/Weights.h"
#include "tests/emulation/EmulatedProgram.h"

#include "mlir/Parser/Parser.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

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

/// Runs the batches in a Session, or in an EmulatedProgram.
template <typename Runner>
static Result<std::vector<Outputs>> runBatches(Runner &runner, const Program &program,
                                               const std::vector<TestBatch> &batches) {
  std::vector<Outputs> all;
  for (const TestBatch &batch : batches) {
    if (batch.offsets.empty()) {
      if constexpr (requires { runner.restart(); }) {
        runner.restart();
      }
      continue;
    }
    const MoreInputs more(batch);
    // Of graphs that read them: three, or as many as the graph has, as the ids have it.
    const Input *segment = findInput(program, "segments");
    const int64_t kinds = segment && segment->limit > 0 ? std::min<int64_t>(segment->limit, 3) : 3;
    std::vector<int32_t> segments;
    for (int32_t id : batch.ids) {
      segments.push_back(static_cast<int32_t>(id % kinds));
    }
    std::vector<BatchInput> others;
    for (const BatchInput &input :
         {BatchInput{"characters", more.characters}, BatchInput{"character_offsets", more.characterOffsets},
          BatchInput{"masks", more.masks}, BatchInput{"mask_offsets", more.maskOffsets}}) {
      if (findInput(program, input.name)) {
        others.push_back(input);
      }
    }
    if (Result<void> done =
            runner.run({batch.ids, segment ? segments : std::span<const int32_t>(), batch.offsets, others});
        !done) {
      return fail(done);
    }
    Outputs outputs;
    for (const OutputView &view : runner.outputs()) {
      std::span<const float> values = view.values();
      outputs[std::string(view.name)] = {view.rows, view.columns, {values.begin(), values.end()}};
    }
    all.push_back(std::move(outputs));
  }
  return all;
}

Result<std::vector<Outputs>> runGraph(const std::string &text, const RunOptions &options,
                                      const std::vector<TestBatch> &batches) {
  auto program = compileText(text, options);
  return program ? runProgram(std::move(*program), options.threads, batches) : fail(program);
}

std::string sourceFolder() {
  const char *carried = std::getenv("CLEW_SOURCE");
  return carried ? carried : CLEW_SOURCE_DIR;
}

std::string textOf(const std::filesystem::path &path) {
  std::ifstream stream(path);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> cases() {
  std::vector<std::filesystem::path> found;
  for (const auto &entry : std::filesystem::directory_iterator(sourceFolder() + "/tests/conformance/cases")) {
    found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

Result<std::vector<Outputs>> runProgram(Program program, int threads, const std::vector<TestBatch> &batches) {
  Weights weights = randomWeights(program, 7, 1);
  const char *onDevice = std::getenv("CLEW_CUDA_DEVICE");
  if (program.target == Target::Cuda && !(onDevice && std::string_view(onDevice) == "1")) {
    auto emulated = emulation::EmulatedProgram::create(std::move(program), std::move(weights));
    return emulated ? runBatches(*emulated, emulated->program(), batches) : fail(emulated);
  }
  ExecutableOptions execute;
  execute.threads = threads;
  auto executable = Executable::create(std::move(program), std::move(weights), execute);
  if (!executable) {
    return fail(executable);
  }
  auto session = Session::create(*executable);
  return session ? runBatches(*session, (*executable)->program(), batches) : fail(session);
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

// What kernels move and how many of them there are: a kernel reads what it needs once, and writes its results once. Counted by the emulator,
// access by access, not derived; and launches, off Programs.
#include "compiler/Compile.h"
#include "runtime/weights/Weights.h"
#include "tests/emulation/EmulatedProgram.h"
#include "zoo/Zoo.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <string>

using namespace clew;
using namespace clew::emulation;

namespace {

Program compile(const std::string &name, const Overrides &overrides, Precision precision) {
  auto zoo = Zoo::openOnly({CLEW_SOURCE_DIR "/zoo"});
  REQUIRE(zoo);
  auto model = zoo->findModel(name);
  auto changed = model ? withParams(*model, overrides) : fail(model);
  REQUIRE_MESSAGE(changed, changed.error().render());
  CompileOptions options;
  options.target = Target::Cuda;
  options.precision = precision;
  auto program = compileModel(*changed, options);
  REQUIRE_MESSAGE(program, program.error().render());
  return std::move(*program);
}

struct Launches {
  int64_t products = 0, kernels = 0;
  bool operator==(const Launches &) const = default;
};

Launches launchesOf(const Program &program) {
  Launches found;
  for (const Step &step : program.steps) {
    ++(std::holds_alternative<Launch>(step.stages.front()) ? found.kernels : found.products);
  }
  return found;
}

/// What one layer more adds.
Launches launchesOfLayer(const std::string &name, Precision precision) {
  const Launches two = launchesOf(compile(name, {{"layers", int64_t{2}}}, precision));
  const Launches three = launchesOf(compile(name, {{"layers", int64_t{3}}}, precision));
  return {three.products - two.products, three.kernels - two.kernels};
}

struct Passes {
  double read, written;
};

/// How often an operand was moved; of several that are one buffer, together.
Passes passesOf(const EmulatedProgram::KernelTraffic &kernel, size_t operand) {
  Traffic sum;
  for (size_t i = 0; i < kernel.operands.size(); ++i) {
    if (kernel.operands[i] == kernel.operands[operand]) {
      sum.read += kernel.moved[i].read;
      sum.written += kernel.moved[i].written;
    }
  }
  const auto bytes = static_cast<double>(kernel.bytes[operand]);
  return {static_cast<double>(sum.read) / bytes, static_cast<double>(sum.written) / bytes};
}

/// Whether all that it moves has a row for each token.
bool isOverTokens(const Program &program, const EmulatedProgram::KernelTraffic &kernel) {
  return std::ranges::all_of(kernel.operands, [&](const Operand &operand) {
    return operand.kind != Operand::Kind::Buffer ||
           program.levels[static_cast<size_t>(program.buffers[static_cast<size_t>(operand.index)].rows.level)].name ==
               "tokens";
  });
}

EmulatedProgram runOn(Program program, const std::vector<int32_t> &offsets) {
  Weights weights = randomWeights(program, 7, 1);
  auto emulated = EmulatedProgram::create(std::move(program), std::move(weights));
  REQUIRE_MESSAGE(emulated, emulated.error().render());
  std::vector<int32_t> ids(static_cast<size_t>(offsets.back()));
  std::iota(ids.begin(), ids.end(), 0);
  auto done = emulated->run({ids, {}, offsets});
  REQUIRE_MESSAGE(done, done.error().render());
  return std::move(*emulated);
}

} // namespace

TEST_CASE("a layer of BERT is four products and four to six kernels, a layer of an LSTM one and one, for any lengths") {
  // attention, add and norm, gelu, add and norm; what attention gives is rounded or quantized by one more, what it reads dequantized.
  for (const char *model : {"bert/base", "gpt2/small"}) {
    CAPTURE(std::string(model));
    CHECK(launchesOfLayer(model, Precision::F32) == Launches{4, 4});
    CHECK(launchesOfLayer(model, Precision::BF16) == Launches{4, 5});
    CHECK(launchesOfLayer(model, Precision::Int8) == Launches{4, 6});
  }
  CHECK(launchesOfLayer("bilstm/base", Precision::F32) == Launches{1, 1});
}

TEST_CASE("row kernels move activations once, attention reads keys and values once a tile of queries") {
  const Overrides small = {{"layers", int64_t{1}},
                           {"hidden", int64_t{512}},
                           {"heads", int64_t{8}},
                           {"ffn", int64_t{1024}},
                           {"vocab", int64_t{130}}};
  const EmulatedProgram run = runOn(compile("bert/base", small, Precision::F32), {0, 96, 128});
  const Program &program = run.program();
  int rows = 0;
  for (const auto &[symbol, kernel] : run.traffic()) {
    CAPTURE(symbol);
    if (!isOverTokens(program, kernel)) { // pooling reads one token of each sequence
      continue;
    }
    for (size_t i = 0; i < kernel.operands.size(); ++i) {
      CAPTURE(i);
      const Operand operand = kernel.operands[i];
      if (operand.kind != Operand::Kind::Buffer) {
        continue;
      }
      const Buffer &buffer = program.buffers[static_cast<size_t>(operand.index)];
      const Passes passes = passesOf(kernel, i);
      if (symbol.starts_with("attention")) {
        // 128 rows are four tiles of 32; the sequence of 96 tokens is read by three of them, that of 32 by one.
        const double keys = (96.0 * 3 + 32.0 * 1) / 128;
        CHECK(passes.read == doctest::Approx(buffer.columns == 3 * 512 ? (1 + 2 * keys) / 3 : 0));
        CHECK(passes.written == (buffer.columns == 512 ? 1 : 0));
      } else {
        ++rows;
        CHECK(passes.read + passes.written == 1);
      }
    }
  }
  CHECK(rows >= 6);
}

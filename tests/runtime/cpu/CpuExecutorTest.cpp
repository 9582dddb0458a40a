// Runs small Programs with products and kernels of TestKernels.c in every way a step can be cut, and checks that the way
// changes no bit.
#include "runtime/cpu/CpuExecutor.h"

#include "runtime/cpu/CpuFeatures.h"
#include "runtime/cpu/MatrixLayout.h"
#include "runtime/cpu/OneDnn.h"
#include "runtime/program/Validate.h"
#include "tests/runtime/cpu/TestMatrix.h"

#include "tests/runtime/program/SmallProgram.h"
#include <atomic>
#include <cmath>
#include <cstring>

#include <doctest/doctest.h>
#include <fstream>
#include <sstream>
#include <thread>

using namespace clew;
using namespace clew::test;

namespace {

constexpr Extent kTokens = Extent::of(kTokenLevel);

std::string kernels() {
  std::ifstream file(CLEW_TEST_KERNELS, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

Operand buffer(int32_t index) { return {Operand::Kind::Buffer, index}; }
Operand constant(int32_t index) { return {Operand::Kind::Constant, index}; }
/// The kernels of the test read their width where a Program has an input.
Operand width() { return {Operand::Kind::Input, 0}; }

/// One chain over rows: y = dequantize(quantize(relu(x W1^T + b1) + x) W2^T) for s8, or relu(x W1^T + b1) + x for f32; width x
/// width matrices, everything between x and y local.
Program chain(DType dtype, int64_t columns) {
  Program program;
  program.model = "test";
  program.target = Target::Cpu;
  program.levels = {{"batch", -1, 0}, {"tokens", kBatchLevel, 0}};
  program.inputs = {{"width", InputKind::Values, kTokenLevel}, {"offsets", InputKind::Offsets, kTokenLevel}};
  program.code = CpuCode{"", {}, kernels()};
  program.parameters = {{"w1", {columns, columns}, Init::Normal},
                        {"b1", {columns}, Init::Normal},
                        {"w2", {columns, columns}, Init::Normal}};
  program.constants = {{"w1", ConstantKind::Matmul, DType::F32, {0}, columns, columns},
                       {"b1", ConstantKind::Plain, DType::F32, {1}, 1, columns},
                       {"w2", ConstantKind::Matmul, DType::S8, {2}, columns, columns},
                       {"w2.scales", ConstantKind::Scales, DType::F32, {2}, 1, columns},
                       {"w2.sums", ConstantKind::ColumnSums, DType::I32, {2}, 1, columns}};
  auto add = [&](const char *name, DType type, int64_t columns, bool local) {
    program.buffers.push_back({name, type, kTokens, columns, 0, 0, local, 0});
    return buffer(static_cast<int32_t>(program.buffers.size()) - 1);
  };
  Operand x = add("x", DType::F32, columns, false);
  Operand y = add("y", DType::F32, columns, false);
  Operand product = add("product", DType::F32, columns, true);
  Operand sum = dtype == DType::F32 ? y : add("sum", DType::F32, columns, true);
  Step step;
  step.extent = kTokens;
  step.scratch.constant = 100;
  step.where = "test.yaml:1";
  step.stages = {Gemm{x, product, 0, 1}, Call{"reluAdd", {product, x, sum, width()}}};
  if (dtype == DType::S8) {
    Operand quantized = add("quantized", DType::U8, columns, true);
    Operand scales = add("scales", DType::F32, 1, true);
    Operand integers = add("integers", DType::I32, columns, true);
    step.stages.push_back(Call{"quantizeRows", {sum, quantized, scales, width()}});
    step.stages.push_back(Gemm{quantized, integers, 2, -1});
    step.stages.push_back(Call{"dequantizeRows", {integers, scales, constant(3), constant(4), y, width()}});
  }
  program.steps.push_back(step);
  program.outputs = {{"hidden", 1}};
  program.buffers[1].last = 1;
  return program;
}

/// What a Session does around an Executor.
struct Runner {
  const Program &program;
  std::unique_ptr<HostExecutor> executor;
  std::vector<std::vector<float>> parameters;
  std::vector<PackedConstant> packed;
  std::vector<const void *> constants;

  Runner(const Program &program, const CpuOptions &options) : program(program) {
    REQUIRE(validate(program).has_value());
    auto made = makeCpuExecutor(program, options);
    REQUIRE(made.has_value());
    executor = std::move(*made);
    for (const Parameter &parameter : program.parameters) {
      int64_t count = parameter.shape[0] * (parameter.shape.size() > 1 ? parameter.shape[1] : 1);
      parameters.push_back(randomFloats(count, static_cast<uint32_t>(parameters.size())));
    }
    for (size_t i = 0; i < program.constants.size(); ++i) {
      const auto &values = parameters[program.constants[i].sources[0]];
      if (program.constants[i].kind == ConstantKind::Plain) {
        constants.push_back(values.data());
        continue;
      }
      std::span<const float> source(values);
      auto made = executor->packer()->pack(static_cast<int32_t>(i), std::span(&source, 1));
      REQUIRE(made.has_value());
      packed.push_back(*made);
      constants.push_back(packed.back().data.get());
    }
  }

  std::vector<float> run(int64_t rows, int threads, bool deterministic = false) const {
    auto columns = static_cast<int32_t>(program.buffers[0].columns);
    int64_t room = (rows + 15) / 16 * 16 * columns;
    std::vector<float> x = randomFloats(rows * columns, 99);
    x.resize(room, std::nanf(""));
    std::vector<float> y(room, -7.0F);
    std::vector<void *> buffers(program.buffers.size(), nullptr);
    buffers[0] = x.data();
    buffers[1] = y.data();
    Frame frame;
    frame.size = sizeOf(rows, 1, rows);
    const void *inputs[] = {&columns, nullptr};
    frame.inputs = inputs;
    frame.buffers = buffers;
    frame.constants = constants;
    frame.threads = threads;
    frame.deterministic = deterministic;
    frame.scratchBytes = executor->scratchBytes(frame.size);
    auto arena = Arena::allocate(frame.scratchBytes * threads);
    REQUIRE(arena.has_value());
    frame.scratch = arena->data();
    auto done = executor->run(program.steps[0], 0, frame);
    CHECK_MESSAGE(done.has_value(), (done ? std::string() : done.error().render()));
    y.resize(rows * columns);
    return y;
  }
};

/// Policies that force each way of running.
RowPolicy alwaysByRows(int64_t blockMost) {
  RowPolicy policy;
  policy.sharedMost = 0;
  policy.blockMost = blockMost;
  return policy;
}
RowPolicy byStages() {
  RowPolicy policy;
  policy.fewestPerThread = policy.fewestPerThreadLarge = 1 << 20;
  policy.sharedMost = 1 << 20;
  policy.aloneProducts = policy.aloneElements = 0;
  return policy;
}

} // namespace

TEST_CASE("chains give the same bits however they are cut, and the right numbers") {
  for (DType dtype : {DType::F32, DType::S8}) {
    for (int64_t columns : {26, 312, 768}) {
      Program program = chain(dtype, columns);
      Runner reference(program, {1, RowPolicy(), false});
      std::vector<float> expected = reference.run(300, 1);
      if (dtype == DType::F32) {
        std::vector<float> x = randomFloats(300 * columns, 99);
        for (int64_t place : {int64_t(0), columns + 1, 299 * columns + columns - 1}) {
          double sum = reference.parameters[1][place % columns];
          for (int64_t k = 0; k < columns; ++k) {
            sum += static_cast<double>(x[place / columns * columns + k]) *
                   reference.parameters[0][place % columns * columns + k];
          }
          CHECK(expected[place] == doctest::Approx(std::max(sum, 0.0) + x[place]).epsilon(1e-4));
        }
      }
      for (int threads : {1, 2, 3}) {
        for (const RowPolicy &policy :
             {RowPolicy(), alwaysByRows(16), alwaysByRows(48), alwaysByRows(128), byStages()}) {
          Runner runner(program, {threads, policy, threads == 2});
          for (int64_t rows : {1, 8, 9, 16, 31, 48, 65, 100, 129, 300}) {
            std::vector<float> y = runner.run(rows, threads);
            bool equal = std::memcmp(y.data(), expected.data(), y.size() * sizeof(float)) == 0;
            CHECK_MESSAGE((equal || !productsAreRowStable(Products::Auto)), nameOf(dtype), " ", columns, " rows ", rows,
                          " threads ", threads, " block ", policy.blockMost, " shared ", policy.sharedMost);
          }
        }
      }
    }
  }
}

TEST_CASE("an int8 chain is near its f32 meaning") {
  Program integers = chain(DType::S8, 312);
  Program floats = chain(DType::F32, 312);
  Runner runner(integers, {2, RowPolicy(), true});
  auto y = runner.run(40, 2);
  auto middle = Runner(floats, {2, RowPolicy(), true}).run(40, 2);
  double error = 0;
  double size = 0;
  for (int64_t row = 0; row < 40; ++row) {
    for (int64_t n = 0; n < 312; ++n) {
      double sum = 0;
      for (int64_t k = 0; k < 312; ++k) {
        sum += static_cast<double>(middle[row * 312 + k]) * runner.parameters[2][n * 312 + k];
      }
      error += (sum - y[row * 312 + n]) * (sum - y[row * 312 + n]);
      size += sum * sum;
    }
  }
  CHECK(std::sqrt(error / size) < 0.02);
}

TEST_CASE("a warm executor never creates a primitive, with many sessions at once") {
  Program program = chain(DType::S8, 312);
  Runner runner(program, {2, RowPolicy(), true});
  auto expected = runner.run(400, 2);
  const bool rowStable = productsAreRowStable(Products::Auto); // which asks the library, once
  int64_t created = onednn::createdPrimitives();
  std::atomic<int> wrong{0};
  std::vector<std::thread> sessions;
  for (int session = 0; session < 4; ++session) {
    sessions.emplace_back([&, session] {
      for (int64_t rows = 1 + session; rows < 400; rows += 11) {
        auto y = runner.run(rows, 1 + session % 2);
        wrong += rowStable && std::memcmp(y.data(), expected.data(), y.size() * sizeof(float)) != 0;
      }
    });
  }
  for (auto &session : sessions) {
    session.join();
  }
  CHECK(wrong == 0);
  CHECK(onednn::createdPrimitives() == created);
}

TEST_CASE("each job runs once") {
  Program program;
  program.code = CpuCode{"", {}, kernels()};
  program.buffers = {{"counts", DType::I32, {7, kTokenLevel, 3, 0}, 4, 0, 1, false, 0}};
  Step step;
  step.grid = Grid::Jobs;
  step.extent = {1, kTokenLevel, 1, 0};
  step.itemsPerCut = 3;
  step.jobsPerCut = 4;
  step.scratch.constant = 8;
  step.stages = {Call{"countTasks", {buffer(0)}}};
  program.steps = {step};
  for (int threads : {1, 2, 5}) {
    auto executor = makeCpuExecutor(program, {threads, RowPolicy(), true});
    REQUIRE(executor.has_value());
    constexpr int64_t jobs = (21 + 2) / 3 * 4; // extent 21, three in a job, four lanes
    std::vector<int32_t> counts(jobs + 1, 0);
    void *data = counts.data();
    Frame frame;
    frame.size = sizeOf(20, 1, 20);
    frame.buffers = std::span(&data, 1);
    frame.threads = threads;
    frame.scratchBytes = (*executor)->scratchBytes(frame.size);
    std::vector<std::byte> scratch(frame.scratchBytes * threads);
    frame.scratch = scratch.data();
    REQUIRE((*executor)->run(program.steps[0], 0, frame).has_value());
    for (int64_t job = 0; job < jobs; ++job) {
      CHECK(counts[job] == job + 1);
    }
    CHECK(counts[jobs] == 0);
  }
}

TEST_CASE("programs that this machine or backend cannot run are refused") {
  Program program = chain(DType::F32, 26);
  auto &code = std::get<CpuCode>(program.code);
  code.features = {"sse2", "flux-capacitor"};
  auto lacking = makeCpuExecutor(program, {});
  REQUIRE_FALSE(lacking.has_value());
  CHECK(lacking.error().kind == ErrorKind::Unsupported);
  CHECK(lacking.error().message.find("flux-capacitor") != std::string::npos);
  CHECK(lacking.error().message.find("sse2") == std::string::npos);
  CHECK(cpuHas("sse2"));

  code.features.clear();
  std::get<Call>(program.steps[0].stages[1]).symbol = "noSuchKernel";
  auto missing = makeCpuExecutor(program, {});
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().message.find("noSuchKernel") != std::string::npos);
  CHECK(missing.error().where == "test.yaml:1");

  program.steps[0].stages = {RefOp{"gelu", {}, {}, {}}};
  CHECK(makeCpuExecutor(program, {}).error().kind == ErrorKind::Unsupported);
}

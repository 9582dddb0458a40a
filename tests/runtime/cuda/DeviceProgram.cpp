// See DeviceProgram.h.
#include "tests/runtime/cuda/DeviceProgram.h"

#include "tests/runtime/program/SmallProgram.h"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <fstream>
#include <sstream>

namespace clew::test {

namespace {

Operand buffer(int32_t index) { return {Operand::Kind::Buffer, index}; }
Operand constant(int32_t index) { return {Operand::Kind::Constant, index}; }

std::string kernels() {
  std::ifstream file(CLEW_TEST_DEVICE_KERNELS, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  REQUIRE(bytes.str().size() > 0);
  return bytes.str();
}

int32_t addBuffer(Program &program, const char *name, DType dtype, int64_t columns) {
  Buffer made;
  made.name = name;
  made.dtype = dtype;
  made.rows = Extent::of(kTokenLevel);
  made.columns = columns;
  made.first = static_cast<int32_t>(program.steps.size());
  made.last = 5;
  program.buffers.push_back(made);
  return static_cast<int32_t>(program.buffers.size()) - 1;
}

void launch(Program &program, const char *symbol, std::vector<Operand> operands, Extent shared = {}) {
  Step step;
  step.grid = Grid::Jobs;
  step.extent = Extent::of(kTokenLevel);
  step.stages = {Launch{symbol, std::move(operands), 32, shared}};
  step.where = std::string(symbol) + ".yaml:1";
  program.steps.push_back(std::move(step));
}

} // namespace

Program deviceProgram(DType dtype) {
  Program program;
  program.model = "test/device";
  program.target = Target::Cuda;
  program.code = CudaCode{"sm_80", ".version 7.0\n.target sm_80\n", {}, kernels()};
  addTokens(program, 0);
  program.inputs[0].limit = kDeviceWords;
  program.inputs.push_back({"tokens.counts", InputKind::Counts, kTokenLevel});
  const Operand ids{Operand::Kind::Input, 0};
  const Operand counts{Operand::Kind::Input, 3};
  program.parameters = {{"table", {kDeviceWords, kDeviceWidth}, Init::Normal},
                        {"weight", {kDeviceResult, kDeviceWidth}, Init::Normal},
                        {"bias", {kDeviceResult}, Init::Gain}};
  program.constants = {{"table", ConstantKind::Plain, DType::F32, {0}, kDeviceWords, kDeviceWidth},
                       {"weight", ConstantKind::Matmul, dtype, {1}, kDeviceResult, kDeviceWidth},
                       {"bias", ConstantKind::Plain, DType::F32, {2}, 1, kDeviceResult}};
  const int32_t embedded = addBuffer(program, "embedded", DType::F32, kDeviceWidth);
  launch(program, "embedRows", {ids, counts, constant(0), buffer(embedded)});
  int32_t x = embedded;
  if (dtype != DType::F32) {
    x = addBuffer(program, "x", dtype, kDeviceWidth);
    launch(program, dtype == DType::BF16 ? "roundRows" : "integerRows", {buffer(embedded), counts, buffer(x)});
  }
  const bool integer = dtype == DType::S8;
  int32_t y = addBuffer(program, "y", integer ? DType::I32 : DType::F32, kDeviceResult);
  Step product;
  product.extent = Extent::of(kTokenLevel);
  product.where = "product.yaml:1";
  product.stages = {Gemm{buffer(x), buffer(y), 1, integer ? -1 : 2}};
  program.steps.push_back(product);
  if (integer) {
    const int32_t floats = addBuffer(program, "floats", DType::F32, kDeviceResult);
    launch(program, "floatRows", {buffer(y), counts, buffer(floats)});
    y = floats;
  }
  const int32_t sums = addBuffer(program, "sums", DType::F32, 1);
  launch(program, "sumRows", {buffer(embedded), counts, buffer(sums)}, {128, 0, 0, 0});
  for (Buffer &one : program.buffers) {
    one.last = static_cast<int32_t>(program.steps.size());
  }
  program.outputs = {{"hidden", y}, {"sums", sums}};
  return program;
}

std::vector<float> expectedHidden(const Program &program, const Weights &weights, const std::vector<int32_t> &ids) {
  const auto table = *weights.get(program.parameters[0]);
  const auto weight = *weights.get(program.parameters[1]);
  const auto bias = *weights.get(program.parameters[2]);
  const DType dtype = program.constants[1].dtype;
  const auto shorten = [](float value) { return std::bit_cast<float>(std::bit_cast<uint32_t>(value) & 0xffff0000U); };
  std::vector<float> expected;
  for (const int32_t id : ids) {
    for (int64_t n = 0; n < kDeviceResult; ++n) {
      float most = 0;
      for (int64_t k = 0; k < kDeviceWidth; ++k) {
        most = std::max(most, std::abs(weight[static_cast<size_t>(n * kDeviceWidth + k)]));
      }
      double sum = dtype == DType::S8 ? 0 : bias[static_cast<size_t>(n)];
      for (int64_t k = 0; k < kDeviceWidth; ++k) {
        const float x = table[static_cast<size_t>(id * kDeviceWidth + k)];
        const float w = weight[static_cast<size_t>(n * kDeviceWidth + k)];
        sum += dtype == DType::F32 ? double(x) * w
               : dtype == DType::BF16
                   ? double(shorten(x)) * static_cast<float>(BF16(w))
                   : std::trunc(std::clamp(1000 * x, -127.0F, 127.0F)) * std::nearbyint(w / (most / 127.0F));
      }
      expected.push_back(static_cast<float>(sum));
    }
  }
  return expected;
}

} // namespace clew::test

// The check of Programs: every promise broken once.
#include "runtime/program/Validate.h"

#include "runtime/program/Describe.h"
#include "tests/runtime/program/SmallProgram.h"

#include <doctest/doctest.h>
#include <functional>
#include <limits>

using namespace clew;
using namespace clew::test;

namespace {

using Change = std::function<void(Program &)>;

/// Message for a changed Program; empty if it is valid all the same.
std::string complaint(Program program, const Change &change) {
  change(program);
  const auto ok = validate(program);
  return ok ? "" : ok.error().message;
}

RefOp &opOf(Program &program, size_t step) { return std::get<RefOp>(program.steps[step].stages[0]); }
Gemm &gemmOf(Program &program) { return std::get<Gemm>(program.steps[1].stages[0]); }

} // namespace

TEST_CASE("good programs are valid") {
  CHECK(complaint(smallProgram(), [](Program &) {}) == "");
  CHECK(complaint(cpuProgram(), [](Program &) {}) == "");
  CHECK(complaint(cudaProgram(), [](Program &) {}) == "");
  CHECK(complaint(smallProgram(), [](Program &p) { p.buffers[6].last = 7; }) == "");
  Program empty;
  empty.model = "empty";
  CHECK(validate(empty).has_value());
}

TEST_CASE("tables are checked") {
  const std::pair<const char *, Change> changes[] = {
      {"not printable", [](Program &p) { p.model = ""; }},
      {"impossible limit", [](Program &p) { p.inputs[0].limit = -1; }},
      {"impossible limit", [](Program &p) { p.inputs[2].limit = 1; }},
      {"impossible limit", [](Program &p) { p.inputs[2].optional = true; }},
      {"twice", [](Program &p) { p.inputs[1].name = "ids"; }},
      {"no level", [](Program &p) { p.inputs[0].level = 2; }},
      {"level 'batch' has 1 inputs", [](Program &p) { p.inputs[2].level = 0; }},
      {"nothing cuts", [](Program &p) { p.inputs.push_back({"order", InputKind::Order, 0}); }},
      {"has 0 inputs of offsets", [](Program &p) { p.inputs.pop_back(); }},
      {"has 2 inputs of offsets", [](Program &p) { p.inputs.push_back({"more", InputKind::Offsets, 1}); }},
      {"twice", [](Program &p) { p.levels[1].name = "batch"; }},
      {"impossible parent", [](Program &p) { p.levels[1].parent = 1; }},
      {"impossible parent", [](Program &p) { p.levels[1].parent = -1; }},
      {"level 'batch'", [](Program &p) { p.levels[0].parent = 1; }},
      {"impossible parent", [](Program &p) { p.levels[1].most = -1; }},
      {"more than 4 levels", [](Program &p) { p.levels.resize(5, p.levels[1]); }},
      {"more than 64 inputs", [](Program &p) { p.inputs.resize(65, p.inputs[0]); }},
      {"precision", [](Program &p) { p.precision = static_cast<Precision>(3); }},
      {"target", [](Program &p) { p.target = static_cast<Target>(3); }},
      {"another target's", [](Program &p) { p.code = CpuCode{"", {}, "x"}; }},
      {"twice", [](Program &p) { p.parameters[1].name = p.parameters[0].name; }},
      {"shape", [](Program &p) { p.parameters[0].shape = {}; }},
      {"shape", [](Program &p) { p.parameters[0].shape = {0, 4}; }},
      {"shape", [](Program &p) { p.parameters[0].shape = {1 << 30, 1 << 30, 1 << 30, 1 << 30}; }},
      {"no parameter", [](Program &p) { p.constants[0].sources = {99}; }},
      {"no parameter", [](Program &p) { p.constants[0].sources = {-1}; }},
      {"sources give", [](Program &p) { p.constants[0].rows = 11; }},
      {"no sources", [](Program &p) { p.constants[0].sources = {}; }},
      {"no sources", [](Program &p) { p.constants[0].rows = -10; }},
      {"cannot be", [](Program &p) { p.constants[0].dtype = DType::S8; }},
      {"impossible", [](Program &p) { p.buffers[0].columns = 0; }},
      {"impossible", [](Program &p) { p.buffers[0].columns = -4; }},
      {"impossible", [](Program &p) { p.buffers[0].rows.perElement = -1; }},
      {"impossible", [](Program &p) { p.buffers[0].rows.perLongest = int64_t{1} << 60; }},
      {"impossible", [](Program &p) { p.buffers[0].rows.level = 2; }},
      {"impossible", [](Program &p) { p.buffers[0].rows.level = -1; }},
      {"lives from", [](Program &p) { p.buffers[0].last = 9; }},
      {"lives from", [](Program &p) { p.buffers[0].first = -1; }},
      {"local", [](Program &p) { p.buffers[0].local = true; }},
      {"does not exist", [](Program &p) { p.outputs[0].buffer = 8; }},
      {"to the end", [](Program &p) { p.outputs[0].buffer = 0; }},
      {"to the end", [](Program &p) { p.buffers[6].dtype = DType::BF16; }},
      {"twice", [](Program &p) { p.outputs[1].name = "hidden"; }},
  };
  for (const auto &[part, change] : changes) {
    const std::string message = complaint(smallProgram(), change);
    CAPTURE(part);
    CHECK_MESSAGE(message.find(part) != std::string::npos, message);
  }
}

TEST_CASE("ref steps are checked") {
  const std::pair<const char *, Change> changes[] = {
      {"step 3 (small.yaml:4:1): constant 8", [](Program &p) { opOf(p, 3).operands[1].index = 8; }},
      {"buffer -2", [](Program &p) { opOf(p, 3).operands[0].index = -2; }},
      {"buffer -1", [](Program &p) { opOf(p, 3).operands[0].index = -1; }},
      {"input 3", [](Program &p) { opOf(p, 0).operands[0].index = 3; }},
      {"does not live here", [](Program &p) { opOf(p, 3).operands[0].index = 0; }},
      {"written", [](Program &p) { opOf(p, 3).results[0] = {Operand::Kind::Constant, 0}; }},
      {"written", [](Program &p) { opOf(p, 3).results[0] = {Operand::Kind::Input, 0}; }},
      {"attribute", [](Program &p) { opOf(p, 6).attributes[0].second = std::numeric_limits<double>::infinity(); }},
      {"stages", [](Program &p) { p.steps[0].stages.clear(); }},
      {"stages", [](Program &p) { p.steps[0].stages.push_back(p.steps[0].stages[0]); }},
      {"cannot run over rows", [](Program &p) { p.steps[0].grid = Grid::Rows; }},
      {"out of range", [](Program &p) { p.steps[0].jobsPerCut = 0; }},
      {"proper name", [](Program &p) { opOf(p, 0).op = ""; }},
  };
  for (const auto &[part, change] : changes) {
    const std::string message = complaint(smallProgram(), change);
    CAPTURE(part);
    CHECK_MESSAGE(message.find(part) != std::string::npos, message);
  }
  CHECK(complaint(smallProgram(), [](Program &p) { opOf(p, 3).results.push_back({Operand::Kind::Buffer, -1}); }) == "");
}

TEST_CASE("products, calls and packed constants are checked") {
  const std::pair<const char *, Change> changes[] = {
      {"product of", [](Program &p) { p.buffers[0].columns = 9; }},
      {"product of", [](Program &p) { p.buffers[1].columns = 31; }},
      {"product of", [](Program &p) { p.buffers[0].dtype = DType::S8; }},
      {"product of", [](Program &p) { p.buffers[1].dtype = DType::F32; }},
      {"product of", [](Program &p) { gemmOf(p).weight = 3; }},
      {"does not exist", [](Program &p) { gemmOf(p).weight = 6; }},
      {"does not exist", [](Program &p) { gemmOf(p).bias = -2; }},
      {"does not fit", [](Program &p) { gemmOf(p).bias = 3; }}, // no bias with i32 results
      {"buffers only", [](Program &p) { gemmOf(p).x = {Operand::Kind::Constant, 0}; }},
      {"other rows", [](Program &p) { p.steps[1].extent.perElement = 2; }},
      {"symbol", [](Program &p) { std::get<Call>(p.steps[0].stages[0]).symbol = "a b"; }},
      {"local buffer",
       [](Program &p) { p.steps[1].grid = Grid::Jobs, p.steps[1].stages.erase(p.steps[1].stages.begin()); }},
      {"stages", [](Program &p) { p.steps[1].grid = Grid::Jobs; }},
      {"out of range", [](Program &p) { p.steps[0].itemsPerCut = 0; }},
      {"out of range", [](Program &p) { p.steps[0].scratch.perLongest = -1; }},
      {"sources give", [](Program &p) { p.constants[1].columns = 16; }},
      {"sources give", [](Program &p) { p.constants[0].rows = 16; }},
      {"another width", [](Program &p) { p.constants[0].columns = 16, p.constants[0].rows = 16; }},
      {"another width", [](Program &p) { p.constants[2].sources = {2}; }},
      {"four gates", [](Program &p) { p.constants[0] = {"r", ConstantKind::Recurrent, DType::F32, {0}, 16, 8}; }},
      {"four gates", [](Program &p) { p.constants[0] = {"r", ConstantKind::Recurrent, DType::F32, {0}, 16, 8, 3}; }},
      {"has gates", [](Program &p) { p.constants[0].gates = 4; }},
  };
  for (const auto &[part, change] : changes) {
    const std::string message = complaint(cpuProgram(), change);
    CAPTURE(part);
    CHECK_MESSAGE(message.find(part) != std::string::npos, message);
  }
}

TEST_CASE("matrices may be stacks of constants") {
  const auto stacked = [](Program &p) {
    const Operand a{Operand::Kind::Constant, 0};
    const Operand b{Operand::Kind::Constant, 1};
    const RefOp stack{std::string(kStackOp), {a, b}, {}, {}};
    p.constants = {{"a", ConstantKind::Plain, DType::F32, {0}, 16, 8},
                   {"b", ConstantKind::Plain, DType::F32, {1}, 16, 8},
                   {"w", ConstantKind::Matmul, DType::S8, {}, 32, 8, 0, stack},
                   {"scales", ConstantKind::Scales, DType::F32, {}, 1, 32, 0, stack},
                   {"sums", ConstantKind::ColumnSums, DType::I32, {}, 1, 32, 0, stack},
                   {"bias", ConstantKind::Plain, DType::F32, {2, 3}, 1, 32}};
    gemmOf(p).weight = 2;
    std::get<Call>(p.steps[1].stages[1]).operands = {{Operand::Kind::Buffer, 1},
                                                     {Operand::Kind::Constant, 3},
                                                     {Operand::Kind::Constant, 4},
                                                     {Operand::Kind::Constant, 5},
                                                     {Operand::Kind::Buffer, 2}};
  };
  Program program = cpuProgram();
  stacked(program);
  CHECK(complaint(program, [](Program &) {}) == "");
  CHECK(depthOfChannels(program, program.constants[3]) == 8);
  CHECK(describe(program).find("  @w matmul s8 [32 x 8] = stack @a, @b") != std::string::npos);
  const std::pair<const char *, Change> changes[] = {
      {"sources give", [](Program &p) { p.constants[2].made.operands.pop_back(); }},
      {"sources give", [](Program &p) { p.constants[3].made.operands.pop_back(); }},
      {"'w' is a stack of constants of another width",
       [](Program &p) { p.constants[1] = {"b", ConstantKind::Plain, DType::F32, {2, 3}, 1, 32}; }},
      {"'scales' is a stack of constants of another width",
       [](Program &p) {
         p.constants[2] = p.constants[0], p.constants[2].name = "c";
         p.constants[1] = {"b", ConstantKind::Plain, DType::F32, {2, 3}, 1, 32};
       }},
      {"does not stand before it", [](Program &p) { p.constants[2].made.operands[1].index = 2; }},
      {"does not stand before it", [](Program &p) { p.constants[3].made.operands[1].index = 2; }},
      {"does not stand before it", [](Program &p) { p.constants[2].made.operands.clear(); }},
      {"does not stand before it", [](Program &p) { p.constants[2].made.op = "concat"; }},
      {"does not stand before it",
       [](Program &p) { p.constants[5].made = p.constants[2].made, p.constants[5].sources = {}; }},
      {"no sources", [](Program &p) { p.constants[2].sources = {0, 1}; }},
  };
  for (const auto &[part, change] : changes) {
    const std::string message = complaint(program, change);
    CAPTURE(part);
    CHECK_MESSAGE(message.find(part) != std::string::npos, message);
  }
}

TEST_CASE("code, launches and products of devices are checked") {
  const auto code = [](Program &p) -> CudaCode & { return std::get<CudaCode>(p.code); };
  const auto launch = [](Program &p) -> Launch & { return std::get<Launch>(p.steps[2].stages[0]); };
  const std::pair<const char *, Change> changes[] = {
      {"no code", [](Program &p) { p.code = {}; }},
      {"another target's", [](Program &p) { p.code = CpuCode{}; }},
      {"another target's", [](Program &p) { p.target = Target::Cpu; }},
      {"text of PTX", [&](Program &p) { code(p).ptx.clear(); }},
      {"text of PTX", [&](Program &p) { code(p).ptx += '\0'; }},
      {"chip's name", [&](Program &p) { code(p).chip = "gfx90a"; }},
      {"chip's name", [&](Program &p) { code(p).chip = "sm_9"; }},
      {"chip's name", [&](Program &p) { code(p).chip = "sm_90z"; }},
      {"second one", [&](Program &p) { code(p).cubins.push_back(code(p).cubins[0]); }},
      {"second one", [&](Program &p) { code(p).cubins[0].image.clear(); }},
      {"more than 32 cubins", [&](Program &p) { code(p).cubins.resize(33); }},
      {"local buffer 'acc' in a cuda program", [](Program &p) { p.buffers[1].local = true, p.buffers[1].last = 1; }},
      {"blocks of 0 threads", [&](Program &p) { launch(p).threads = 0; }},
      {"blocks of 1025 threads", [&](Program &p) { launch(p).threads = 1025; }},
      {"shared memory", [&](Program &p) { launch(p).shared.level = 7; }},
      {"symbol", [&](Program &p) { launch(p).symbol = "a b"; }},
      {"constant 2", [&](Program &p) { launch(p).operands[1].index = 2; }},
      {"cannot run over rows on cuda", [](Program &p) { p.steps[2].grid = Grid::Rows; }},
      {"cannot run over jobs on cuda", [](Program &p) { p.steps[2].stages = {Call{"k", {}}}; }},
      {"cannot run over whole on cuda", [](Program &p) { p.steps[2].grid = Grid::Whole; }},
      {"product of u8", [](Program &p) { p.buffers[0].dtype = DType::U8; }},
  };
  for (const auto &[part, change] : changes) {
    const std::string message = complaint(cudaProgram(), change);
    CAPTURE(part);
    CHECK_MESSAGE(message.find(part) != std::string::npos, message);
  }
  CHECK(complaint(cpuProgram(), [](Program &p) { p.steps[0].stages = {Launch{"k", {}, 32, {}}}; }) ==
        "program: step 0: a stage that cannot run over jobs on cpu");
  CHECK(complaint(cpuProgram(), [](Program &p) {
          std::get<CpuCode>(p.code).features = {"a\nb"};
        }).find("not printable") != std::string::npos);
}

TEST_CASE("chips have numbers") {
  CHECK(chipNumber("sm_80") == 80);
  CHECK(chipNumber("sm_90a") == 90);
  CHECK(chipNumber("sm_120") == 120);
  for (const char *none : {"", "sm_", "sm_x", "sm_-80", "sm_8000", "80", "sm_80 "}) {
    CHECK(chipNumber(none) == -1);
  }
}

TEST_CASE("a Program can be read") {
  const std::string text = describe(cpuProgram());
  for (const char *line :
       {"program small/cpu", "  target cpu, precision int8 (s8 weights per channel)", "  tokens in batch",
        "  $ids values of tokens, below 10", "  @w matmul s8 [32 x 8] of a.weight, b.weight",
        "  @row derived f32 [1 x 4] = row @waves {index=2}", "  %acc i32 [tokens x 32] steps 1..1 local",
        "  0: jobs batch / 32 x 2 scratch 16*longest(tokens) + 64", "    %acc = gemm %q, @w",
        "    call k0($ids, %q, $tokens.counts)", "  hidden = %y"}) {
    CHECK_MESSAGE(text.find(std::string(line) + "\n") != std::string::npos, text);
  }
  CHECK(describe(smallProgram()).find("    %hidden = layer_norm %down, @norm.weight, @norm.bias {eps=1e-12}\n") !=
        std::string::npos);
  CHECK(describe(Extent{}, "batch") == "0");
  const std::string cuda = describe(cudaProgram());
  for (const char *line :
       {"  chip sm_80 or newer, 13 bytes of PTX, 8 bytes for sm_90, emulated kernels",
        "    launch quantize($ids, %q, $tokens.counts) by 128 threads",
        "    launch dequantize(%acc, @scales, %y) by 256 threads, 4*longest(tokens) + 1024 bytes shared"}) {
    CHECK_MESSAGE(cuda.find(std::string(line) + "\n") != std::string::npos, cuda);
  }
}

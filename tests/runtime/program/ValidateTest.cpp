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
  CHECK(complaint(smallProgram(), [](Program &p) { p.buffers[6].last = 7; }) == "");
  Program empty;
  empty.model = "empty";
  CHECK(validate(empty).has_value());
}

TEST_CASE("tables are checked") {
  const std::pair<const char *, Change> changes[] = {
      {"not printable", [](Program &p) { p.model = ""; }},
      {"not printable", [](Program &p) { p.features = {"a\nb"}; }},
      {"vocabulary", [](Program &p) { p.vocabulary = -1; }},
      {"precision", [](Program &p) { p.precision = static_cast<Precision>(3); }},
      {"target", [](Program &p) { p.target = static_cast<Target>(3); }},
      {"no code", [](Program &p) { p.code = "x"; }},
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
      {"impossible", [](Program &p) { p.buffers[0].rows.tokens = -1; }},
      {"impossible", [](Program &p) { p.buffers[0].rows.batch = int64_t{1} << 60; }},
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
      {"input 6", [](Program &p) { opOf(p, 0).operands[0].index = 6; }},
      {"input 1", [](Program &p) { p.segments = 0; }},
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
      {"does not exist", [](Program &p) { gemmOf(p).weight = 4; }},
      {"does not exist", [](Program &p) { gemmOf(p).bias = -2; }},
      {"does not fit", [](Program &p) { gemmOf(p).bias = 3; }}, // no bias with i32 results
      {"buffers only", [](Program &p) { gemmOf(p).x = {Operand::Kind::Constant, 0}; }},
      {"other rows", [](Program &p) { p.steps[1].extent = {0, 2, 0, 0}; }},
      {"symbol", [](Program &p) { std::get<Call>(p.steps[0].stages[0]).symbol = "a b"; }},
      {"local buffer",
       [](Program &p) { p.steps[1].grid = Grid::Jobs, p.steps[1].stages.erase(p.steps[1].stages.begin()); }},
      {"stages", [](Program &p) { p.steps[1].grid = Grid::Jobs; }},
      {"out of range", [](Program &p) { p.steps[0].itemsPerCut = 0; }},
      {"out of range", [](Program &p) { p.steps[0].scratch.longest = -1; }},
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

TEST_CASE("a Program can be read") {
  const std::string text = describe(cpuProgram());
  for (const char *line : {"program small/cpu", "  target cpu, precision int8 (s8 weights per channel)",
                           "  @w matmul s8 [32 x 8] of a.weight, b.weight", "  %acc i32 [tokens x 32] steps 1..1 local",
                           "  0: jobs batch / 32 x 2 scratch 16*longest + 64", "    %acc = gemm %q, @w",
                           "    call k0($ids, %q, $counts)", "  hidden = %y"}) {
    CHECK_MESSAGE(text.find(std::string(line) + "\n") != std::string::npos, text);
  }
  CHECK(describe(smallProgram()).find("    %hidden = layer_norm %down, @norm.weight, @norm.bias {eps=1e-12}\n") !=
        std::string::npos);
  CHECK(describe(Extent{}) == "0");
}

// The checks of a Program's steps: grids, stages, operands inside their buffers' lives, shapes of products.
#include "runtime/program/ValidateParts.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fmt/format.h>

namespace clew::validation {

namespace {

/// Checks one step; the first complaint wins.
class StepCheck {
public:
  StepCheck(const Program &program, int32_t index)
      : program(program), step(program.steps[static_cast<size_t>(index)]), index(index) {}

  Result<void> run();

private:
  Failure complain(std::string_view what) const {
    return step.where.empty() ? bad(fmt::format("step {}: {}", index, what))
                              : bad(fmt::format("step {} ({}): {}", index, step.where, what));
  }
  Result<void> checkOperand(const Operand &operand, bool written) const;
  Result<void> check(const Gemm &gemm) const;
  Result<void> check(const Call &call) const;
  Result<void> check(const RefOp &op) const;
  Result<void> check(const Launch &launch) const;
  Result<void> checkSymbol(const std::string &symbol, const std::vector<Operand> &operands) const;
  bool fits(const Stage &stage) const;

  const Program &program;
  const Step &step;
  const int32_t index;
};

Result<void> StepCheck::checkOperand(const Operand &operand, bool written) const {
  switch (operand.kind) {
  case Operand::Kind::Constant:
    if (written || !inside(operand.index, program.constants)) {
      return complain(fmt::format("constant {} does not exist or is written", operand.index));
    }
    return {};
  case Operand::Kind::Input:
    if (written || !inside(operand.index, program.inputs)) {
      return complain(fmt::format("input {} does not exist or is written", operand.index));
    }
    return {};
  case Operand::Kind::State:
    if (!inside(operand.index, program.states) ||
        (written && program.states[static_cast<size_t>(operand.index)].kind != StateKind::Gradient) ||
        step.grid != Grid::Whole) {
      return complain(fmt::format("state {} does not exist, or is written and no gradient", operand.index));
    }
    return {};
  case Operand::Kind::Buffer: {
    if (!inside(operand.index, program.buffers)) {
      return complain(fmt::format("buffer {} does not exist", operand.index));
    }
    const Buffer &buffer = program.buffers[static_cast<size_t>(operand.index)];
    if (index < buffer.first || index > buffer.last) {
      return complain(fmt::format("buffer '{}' does not live here", buffer.name));
    }
    if (buffer.local && step.grid != Grid::Rows) {
      return complain(fmt::format("local buffer '{}' outside of a step over rows", buffer.name));
    }
    // A step over rows touches rows 0..extent of what it writes; a wrong extent would leave the buffer.
    if (written && step.grid == Grid::Rows && !buffer.local && buffer.rows != step.extent) {
      return complain(fmt::format("buffer '{}' has other rows than the step", buffer.name));
    }
    return {};
  }
  }
  return complain("an operand of unknown kind");
}

Result<void> StepCheck::check(const Gemm &gemm) const {
  for (const Operand *operand : {&gemm.x, &gemm.y}) {
    if (operand->kind != Operand::Kind::Buffer) {
      return complain("a product reads and writes buffers only");
    }
    if (auto ok = checkOperand(*operand, true); !ok) {
      return ok;
    }
  }
  if (!inside(gemm.weight, program.constants) || (gemm.bias != -1 && !inside(gemm.bias, program.constants))) {
    return complain("weight or bias of a product does not exist");
  }
  const Buffer &x = program.buffers[static_cast<size_t>(gemm.x.index)];
  const Buffer &y = program.buffers[static_cast<size_t>(gemm.y.index)];
  const Constant &weight = program.constants[static_cast<size_t>(gemm.weight)];
  const bool integer = weight.dtype == DType::S8;
  if (weight.kind != ConstantKind::Matmul || x.columnsPerLongest != 0 || y.columnsPerLongest != 0 ||
      x.columns != weight.columns || y.columns != weight.rows || gemm.x == gemm.y) {
    return complain(fmt::format("product of {} x {} with '{}' ({} x {}) into {} columns", nameOf(x.dtype), x.columns,
                                weight.name, weight.rows, weight.columns, y.columns));
  }
  const DType integers = program.target == Target::Cuda ? DType::S8 : DType::U8;
  if (x.dtype != (integer ? integers : weight.dtype) || y.dtype != (integer ? DType::I32 : DType::F32)) {
    return complain(
        fmt::format("product of {} with {} into {}", nameOf(x.dtype), nameOf(weight.dtype), nameOf(y.dtype)));
  }
  if (gemm.bias != -1) {
    const Constant &bias = program.constants[static_cast<size_t>(gemm.bias)];
    if (integer || bias.kind != ConstantKind::Plain || bias.rows != 1 || bias.columns != weight.rows) {
      return complain(fmt::format("bias '{}' does not fit the product", bias.name));
    }
  }
  return {};
}

Result<void> StepCheck::checkSymbol(const std::string &symbol, const std::vector<Operand> &operands) const {
  if (symbol.empty() || symbol.size() > maxName || operands.size() > maxItems ||
      !std::ranges::all_of(
          symbol, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.'; })) {
    return complain("a call without a proper symbol");
  }
  for (const Operand &operand : operands) {
    if (auto ok = checkOperand(operand, false); !ok) {
      return ok;
    }
  }
  return {};
}

Result<void> StepCheck::check(const Call &call) const { return checkSymbol(call.symbol, call.operands); }

Result<void> StepCheck::check(const Launch &launch) const {
  if (launch.threads < 1 || launch.threads > maxBlock || !isExtent(launch.shared, program)) {
    return complain(fmt::format("a launch with blocks of {} threads, or shared memory out of range", launch.threads));
  }
  return checkSymbol(launch.symbol, launch.operands);
}

/// Whether the target runs such a stage over such a grid.
bool StepCheck::fits(const Stage &stage) const {
  const bool isRef = std::holds_alternative<RefOp>(stage);
  const bool isLaunch = std::holds_alternative<Launch>(stage);
  if (program.target == Target::Cuda) {
    return isLaunch ? step.grid == Grid::Jobs : std::holds_alternative<Gemm>(stage) && step.grid == Grid::Rows;
  }
  return !isLaunch && isRef == (step.grid == Grid::Whole) &&
         (step.grid != Grid::Jobs || std::holds_alternative<Call>(stage));
}

Result<void> StepCheck::check(const RefOp &op) const {
  if (!isName(op.op) || op.operands.size() > maxItems || op.results.size() > maxItems ||
      op.attributes.size() > maxItems) {
    return complain("an op without a proper name, or with too many operands");
  }
  for (const Operand &operand : op.operands) {
    if (auto ok = checkOperand(operand, false); !ok) {
      return ok;
    }
  }
  for (const Operand &result : op.results) {
    const bool unused = result == Operand{Operand::Kind::Buffer, -1};
    if (auto ok = unused ? Result<void>() : checkOperand(result, true); !ok) {
      return ok;
    }
  }
  for (const auto &[name, value] : op.attributes) {
    if (!isName(name) || !std::isfinite(value)) {
      return complain("an attribute without a name or with no finite value");
    }
  }
  return {};
}

Result<void> StepCheck::run() {
  if (!isName(step.where, 0) || !isExtent(step.extent, program) || !isExtent(step.scratch, program) ||
      step.itemsPerCut < 1 || step.itemsPerCut > maxExtent || step.jobsPerCut < 1 || step.jobsPerCut > maxExtent) {
    return complain("extent, scratch, jobs or place are out of range");
  }
  if (step.stages.empty() || step.stages.size() > maxItems || (step.grid != Grid::Rows && step.stages.size() != 1)) {
    return complain(fmt::format("a step over {} with {} stages", nameOf(step.grid), step.stages.size()));
  }
  for (const Stage &stage : step.stages) {
    if (!fits(stage)) {
      return complain(fmt::format("a stage that cannot run over {} on {}", nameOf(step.grid), nameOf(program.target)));
    }
    if (auto ok = std::visit([this](const auto &one) { return check(one); }, stage); !ok) {
      return ok;
    }
  }
  return {};
}

} // namespace

Result<void> checkSteps(const Program &program) {
  for (size_t index = 0; index < program.steps.size(); ++index) {
    if (auto ok = StepCheck(program, static_cast<int32_t>(index)).run(); !ok) {
      return ok;
    }
  }
  return {};
}

} // namespace clew::validation

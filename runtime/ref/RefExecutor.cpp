// Turns the operands of a RefOp into views of the bound frame's memory and calls the op.
#include "runtime/ref/RefExecutor.h"

#include <fmt/format.h>

namespace clew {

namespace {

class RefExecutor final : public Executor {
public:
  RefExecutor(const Program &program, RefCompute compute) : program(program), compute(compute) {}

  Result<void> run(const Step &step, int stepIndex, Frame &frame) const override;
  int64_t scratchBytes(const BatchSize &) const override { return 0; }

private:
  RefTensor view(const Operand &operand, const Frame &frame) const;

  const Program &program;
  const RefCompute compute;
};

RefTensor RefExecutor::view(const Operand &operand, const Frame &frame) const {
  if (operand.index < 0) {
    return {};
  }
  void *base = frame.base(operand);
  const auto index = static_cast<size_t>(operand.index);
  switch (operand.kind) {
  case Operand::Kind::Buffer: {
    const Buffer &buffer = program.buffers[index];
    return {buffer.dtype, buffer.rows.at(frame.size), buffer.columnsAt(frame.size), base};
  }
  case Operand::Kind::Constant:
    return {DType::F32, program.constants[index].rows, program.constants[index].columns, base};
  case Operand::Kind::Input:
    break;
  }
  const Input &input = program.inputs[index];
  const auto level = static_cast<size_t>(input.level);
  const int64_t elements = frame.size[level].count;
  const int64_t holders = level == 0 ? 0 : frame.size[static_cast<size_t>(program.levels[level].parent)].count;
  switch (input.kind) {
  case InputKind::Offsets:
    return {DType::I32, holders + 1, 1, base};
  case InputKind::Order:
    return {DType::I32, holders, 1, base};
  case InputKind::Counts:
    return {DType::I32, 3, 1, base};
  case InputKind::Values:
  case InputKind::Positions:
    break;
  }
  return {DType::I32, elements, 1, base};
}

Result<void> RefExecutor::run(const Step &step, int, Frame &frame) const {
  const auto &op = std::get<RefOp>(step.stages.front());
  std::vector<RefTensor> operands;
  for (const Operand &operand : op.operands) {
    operands.push_back(view(operand, frame));
  }
  std::vector<RefTensor> results;
  for (const Operand &result : op.results) {
    results.push_back(view(result, frame));
  }
  auto done = findRefOp(op.op)->run({operands, results, op.attributes}, compute);
  if (!done) {
    return fail(done.error().kind, done.error().message, step.where);
  }
  return {};
}

} // namespace

Result<std::unique_ptr<Executor>> makeRefExecutor(const Program &program, RefCompute compute) {
  for (const Constant &constant : program.constants) {
    if (constant.kind != ConstantKind::Plain) {
      return fail(ErrorKind::Unsupported,
                  fmt::format("constant '{}' is packed, which the ref backend does not read", constant.name));
    }
  }
  for (const Step &step : program.steps) {
    const auto *op = step.stages.size() == 1 ? std::get_if<RefOp>(&step.stages.front()) : nullptr;
    if (!op) {
      return fail(ErrorKind::Unsupported, "the ref backend runs steps of one RefOp each", step.where);
    }
    if (!findRefOp(op->op)) {
      return fail(ErrorKind::Unsupported, fmt::format("the ref backend has no op '{}'", op->op), step.where);
    }
  }
  return std::make_unique<RefExecutor>(program, compute);
}

} // namespace clew

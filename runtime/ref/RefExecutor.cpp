// Turns the operands of a RefOp into views of the bound frame's memory and calls the op.
#include "runtime/ref/RefExecutor.h"

#include <fmt/format.h>

namespace clew {

namespace {

class RefExecutor final : public HostExecutor {
public:
  RefExecutor(const Program &program, RefCompute compute) : program(program), compute(compute) {}

  Result<void> run(const Step &step, int, Frame &frame) const override {
    const RefEntry *entry = findRefOp(std::get<RefOp>(step.stages.front()).op);
    return runRefOp(program, step, frame, [&](const RefCall &call) { return entry->run(call, compute); });
  }
  int64_t scratchBytes(const BatchSize &) const override { return 0; }

private:
  const Program &program;
  const RefCompute compute;
};

} // namespace

RefTensor viewOf(const Program &program, const Operand &operand, const Frame &frame) {
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
  case Operand::Kind::State:
    return {program.states[index].dtype, program.states[index].rows, program.states[index].columns, base};
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
  case InputKind::Carried:
    return {DType::F32, elements, input.columns, base};
  case InputKind::Values:
  case InputKind::Positions:
    break;
  }
  return {DType::I32, elements, 1, base};
}

Result<void> runRefOp(const Program &program, const Step &step, const Frame &frame,
                      FunctionRef<Result<void>(const RefCall &)> run) {
  const auto &op = std::get<RefOp>(step.stages.front());
  std::vector<RefTensor> operands;
  for (const Operand &operand : op.operands) {
    operands.push_back(viewOf(program, operand, frame));
  }
  std::vector<RefTensor> results;
  for (const Operand &result : op.results) {
    results.push_back(viewOf(program, result, frame));
  }
  auto done = run({operands, results, op.attributes});
  return done ? done : fail(done.error().kind, done.error().message, step.where);
}

Result<std::unique_ptr<HostExecutor>> makeRefExecutor(const Program &program, RefCompute compute) {
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

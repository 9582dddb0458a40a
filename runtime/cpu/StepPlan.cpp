// Looks up, places and checks what the executor would otherwise decide again for each batch.
#include "runtime/cpu/StepPlan.h"

#include "runtime/program/RecurrentLayout.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace clew {
namespace {

/// A local buffer of the step: the stages it lives in, and its place.
struct LocalBuffer {
  int32_t index = 0;
  size_t first = 0;
  size_t last = 0;
  int64_t rowBytes = 0;
  int64_t offset = 0;
};

std::vector<Operand> operandsOf(const Stage &stage) {
  if (const auto *gemm = std::get_if<Gemm>(&stage)) {
    return {gemm->x, gemm->y};
  }
  if (const auto *call = std::get_if<Call>(&stage)) {
    return call->operands;
  }
  return {};
}

int64_t rowBytesOf(const Buffer &buffer) { return buffer.columns * static_cast<int64_t>(bytesOf(buffer.dtype)); }

/// Finds each local buffer's life and gives it the lowest offset that is free then; the largest are placed first. Offsets and
/// sizes are multiples of 4 bytes a row, so that with 16 rows all begin on cache lines.
std::map<int32_t, LocalBuffer> placeLocals(const Program &program, const Step &step) {
  std::map<int32_t, LocalBuffer> locals;
  for (size_t stage = 0; stage < step.stages.size(); ++stage) {
    for (const Operand &operand : operandsOf(step.stages[stage])) {
      if (operand.kind == Operand::Kind::Buffer && program.buffers[operand.index].local) {
        int64_t bytes = (rowBytesOf(program.buffers[operand.index]) + 3) / 4 * 4;
        auto [entry, fresh] = locals.try_emplace(operand.index, LocalBuffer{operand.index, stage, stage, bytes, 0});
        entry->second.last = stage;
      }
    }
  }
  std::vector<LocalBuffer *> order;
  for (auto &[index, local] : locals) {
    order.push_back(&local);
  }
  std::ranges::sort(order, [](const LocalBuffer *a, const LocalBuffer *b) {
    return a->rowBytes != b->rowBytes ? a->rowBytes > b->rowBytes : a->index < b->index;
  });
  std::vector<const LocalBuffer *> placed; // by offset
  for (LocalBuffer *local : order) {
    for (const LocalBuffer *other : placed) {
      bool meets = local->first <= other->last && other->first <= local->last;
      if (meets && local->offset + local->rowBytes > other->offset && other->offset + other->rowBytes > local->offset) {
        local->offset = other->offset + other->rowBytes;
      }
    }
    placed.insert(std::ranges::upper_bound(placed, local->offset, {}, &LocalBuffer::offset), local);
  }
  return locals;
}

/// Prepares the stages of one step.
class Planner {
public:
  Planner(const Program &program, const Step &step, const CodeImage &code, int threads, ProductCache &products)
      : program(program), step(step), code(code), threads(threads), products(products),
        locals(placeLocals(program, step)) {}

  Result<StepPlan> plan() {
    StepPlan result;
    for (const auto &[index, local] : locals) {
      if (program.buffers[index].columnsPerLongest != 0) {
        return fail(ErrorKind::Unsupported, "local buffers whose width depends on the batch", step.where);
      }
      result.localBytesPerRow = std::max(result.localBytesPerRow, local.offset + local.rowBytes);
    }
    for (const Stage &stage : step.stages) {
      auto planned = std::visit([&](const auto &one) { return make(one, result); }, stage);
      if (!planned) {
        return fail(planned);
      }
      result.stages.push_back(std::move(*planned));
    }
    return result;
  }

private:
  PlannedOperand operand(const Operand &operand) const {
    if (operand.kind == Operand::Kind::Constant || operand.kind == Operand::Kind::Input) {
      return {operand, -1, 0};
    }
    auto local = locals.find(operand.index);
    return {operand, local == locals.end() ? -1 : local->second.offset, rowBytesOf(program.buffers[operand.index])};
  }

  Result<PlannedStage> make(const Gemm &gemm, StepPlan &plan) const {
    const Constant &weight = program.constants[gemm.weight];
    auto layout = MatrixLayout::choose(weight, program.execution, threads);
    plan.weightBytes += layout.bytes();
    PlannedGemm planned{std::make_unique<PackedGemm>(std::move(layout), gemm.bias >= 0, products), operand(gemm.x),
                        operand(gemm.y), gemm.weight, gemm.bias};
    plan.productScratch = std::max(plan.productScratch, planned.product->scratchBytes(RowLadder::most));
    return planned;
  }

  Result<PlannedStage> make(const Call &call, StepPlan &) const {
    PlannedCall planned;
    planned.kernel = reinterpret_cast<Kernel>(code.lookup(call.symbol));
    if (!planned.kernel) {
      return fail(ErrorKind::BadInput, fmt::format("the program's code has no kernel '{}'", call.symbol), step.where);
    }
    planned.shared = reinterpret_cast<Kernel>(code.lookup(call.symbol + std::string(sharedSuffix)));
    if (call.operands.size() + (planned.shared ? 1 : 0) > StepPlan::mostOperands) {
      return fail(ErrorKind::Unsupported,
                  fmt::format("kernel '{}' has {} operands, at most {} are supported", call.symbol,
                              call.operands.size(), StepPlan::mostOperands),
                  step.where);
    }
    for (const Operand &one : call.operands) {
      planned.operands.push_back(operand(one));
      planned.rowElements += one.kind == Operand::Kind::Buffer ? program.buffers[one.index].columns : 0;
      if (one.kind == Operand::Kind::Constant && program.constants[one.index].kind == ConstantKind::Recurrent) {
        const Constant &constant = program.constants[one.index];
        const RecurrentLayout layout{constant.rows / constant.gates, constant.columns, constant.dtype, constant.gates};
        planned.blocks[constant.gates == 1 ? 1 : 0] = layout.blocks();
        planned.weightBytes += layout.blocks() * layout.blockBytes();
      }
    }
    planned.weightBytes /= std::max<int64_t>(step.jobsPerCut, 1);
    return planned;
  }

  Result<PlannedStage> make(const RefOp &op, StepPlan &) const {
    return fail(ErrorKind::Unsupported, fmt::format("the cpu backend does not run nn.{} as it is", op.op), step.where);
  }

  Result<PlannedStage> make(const Launch &launch, StepPlan &) const {
    return fail(ErrorKind::Unsupported, fmt::format("the cpu backend launches no '{}'", launch.symbol), step.where);
  }

  const Program &program;
  const Step &step;
  const CodeImage &code;
  int threads;
  ProductCache &products;
  std::map<int32_t, LocalBuffer> locals;
};

} // namespace

Result<StepPlan> StepPlan::make(const Program &program, const Step &step, const CodeImage &code, int threads,
                                ProductCache &products) {
  return Planner(program, step, code, threads, products).plan();
}

} // namespace clew

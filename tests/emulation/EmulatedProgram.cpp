// See EmulatedProgram.h.
#include "tests/emulation/EmulatedProgram.h"

#include "runtime/base/Rounding.h"
#include "runtime/cpu/CodeImage.h"
#include "runtime/cpu/CpuPacker.h"
#include "runtime/cpu/Quantize.h"
#include "runtime/program/Executor.h"
#include "runtime/program/RecurrentLayout.h"
#include "runtime/program/Validate.h"
#include "runtime/ref/RefExecutor.h"
#include "runtime/session/ConstantStore.h"

#include <cstring>
#include <fmt/format.h>

namespace clew::emulation {
namespace {

/// Matrices row-major, as the cuda backend has them; the rest as on the cpu.
class Packer final : public ConstantPacker {
public:
  explicit Packer(const Program &program) : program(program), others(program, 1) {}

  Result<PackedConstant> pack(int32_t index, std::span<const std::span<const float>> sources) override {
    const Constant &constant = program.constants[static_cast<size_t>(index)];
    if (constant.kind != ConstantKind::Matmul) {
      return others.pack(index, sources);
    }
    const StackedRows rows(sources, constant.columns);
    const auto bytes = static_cast<size_t>(constant.rows * constant.columns) * bytesOf(constant.dtype);
    auto data = std::make_shared<std::vector<std::byte>>(bytes);
    for (int64_t n = 0; n < constant.rows; ++n) {
      packRow(constant, rows.row(n), n, data->data());
    }
    return PackedConstant{std::shared_ptr<const void>(data, data->data()), static_cast<int64_t>(bytes)};
  }

private:
  static void packRow(const Constant &constant, const float *row, int64_t n, std::byte *target) {
    const int64_t first = n * constant.columns;
    if (constant.dtype == DType::S8) {
      quantizeChannel(row, constant.columns, channelScale(row, constant.columns),
                      reinterpret_cast<int8_t *>(target) + first);
      return;
    }
    for (int64_t k = 0; k < constant.columns; ++k) {
      if (constant.dtype == DType::BF16) {
        reinterpret_cast<BF16 *>(target)[first + k] = BF16(row[k]);
      } else {
        reinterpret_cast<float *>(target)[first + k] = row[k];
      }
    }
  }

  const Program &program;
  CpuPacker others;
};

template <typename T, typename Sum> Sum dot(const void *x, const void *w, int64_t count) {
  Sum sum = 0;
  for (int64_t k = 0; k < count; ++k) {
    sum += static_cast<Sum>(static_cast<const T *>(x)[k]) * static_cast<Sum>(static_cast<const T *>(w)[k]);
  }
  return sum;
}
template <> double dot<BF16, double>(const void *x, const void *w, int64_t count) {
  double sum = 0;
  for (int64_t k = 0; k < count; ++k) {
    sum += double{static_cast<float>(static_cast<const BF16 *>(x)[k])} *
           double{static_cast<float>(static_cast<const BF16 *>(w)[k])};
  }
  return sum;
}

class Runner final : public HostExecutor {
public:
  Runner(const Program &program, CodeImage image, uint64_t seed)
      : program(program), image(std::move(image)), constants(program), seed(seed) {}

  int64_t scratchBytes(const BatchSize &) const override { return 0; }
  ConstantPacker *packer() override { return &constants; }

  Result<void> run(const Step &step, int, Frame &frame) const override {
    const Stage &stage = step.stages.front();
    if (const auto *gemm = std::get_if<Gemm>(&stage)) {
      return multiply(*gemm, frame);
    }
    const auto *launch = std::get_if<Launch>(&stage);
    if (!launch) {
      return fail(ErrorKind::Internal, "the cuda target has no such stage", step.where);
    }
    auto done = start(step, *launch, frame);
    return done ? done : fail(done.error().kind, launch->symbol + ": " + done.error().message, step.where);
  }

private:
  Result<void> start(const Step &step, const Launch &launch, Frame &frame) const {
    auto entry = reinterpret_cast<EmulatedKernel>(image.lookup(launch.symbol));
    if (!entry) {
      return fail(ErrorKind::Internal, "the host form has no such kernel");
    }
    std::vector<void *> operands;
    std::vector<MemoryRegion> memory;
    for (const Operand &operand : launch.operands) {
      operands.push_back(frame.base(operand));
      memory.push_back({operands.back(), bytesOfOperand(operand, frame)});
    }
    // A cut more than there is, as in a graph that was captured for larger batches.
    const int64_t cuts = ceilDiv(step.extent.at(frame.size), step.itemsPerCut) + 1;
    auto &traffic = moved[launch.symbol];
    ++traffic.launches;
    traffic.operands = launch.operands;
    traffic.moved.assign(memory.size(), {});
    traffic.bytes.clear();
    for (const MemoryRegion &region : memory) {
      traffic.bytes.push_back(region.bytes);
    }
    return emulate(entry, operands, memory,
                   {cuts * step.jobsPerCut, launch.threads, launch.shared.at(frame.size), seed, traffic.moved});
  }

  int64_t bytesOfOperand(const Operand &operand, const Frame &frame) const {
    if (operand.kind == Operand::Kind::Constant) {
      const Constant &constant = program.constants[static_cast<size_t>(operand.index)];
      if (constant.kind == ConstantKind::Recurrent) {
        const RecurrentLayout layout{constant.rows / constant.gates, constant.columns, constant.dtype, constant.gates};
        return layout.blocks() * layout.blockBytes();
      }
      return 4 * constant.rows * constant.columns;
    }
    const RefTensor view = viewOf(program, operand, frame);
    return view.elements() * static_cast<int64_t>(bytesOf(view.dtype));
  }

  Result<void> multiply(const Gemm &gemm, Frame &frame) const {
    const Constant &weight = program.constants[static_cast<size_t>(gemm.weight)];
    const RefTensor x = viewOf(program, gemm.x, frame);
    const RefTensor y = viewOf(program, gemm.y, frame);
    if (x.dtype != weight.dtype || y.columns != weight.rows || x.columns != weight.columns) {
      return fail(ErrorKind::Internal, "a product's operands do not fit");
    }
    const auto *w = static_cast<const std::byte *>(frame.base({Operand::Kind::Constant, gemm.weight}));
    const auto *bias =
        gemm.bias < 0 ? nullptr : static_cast<const float *>(frame.base({Operand::Kind::Constant, gemm.bias}));
    const int64_t stride = x.columns * static_cast<int64_t>(bytesOf(x.dtype));
    for (int64_t m = 0; m < x.rows; ++m) {
      const auto *row = static_cast<const std::byte *>(x.data) + m * stride;
      for (int64_t n = 0; n < y.columns; ++n) {
        const int64_t at = m * y.columns + n;
        if (x.dtype == DType::S8) {
          static_cast<int32_t *>(y.data)[at] = dot<int8_t, int32_t>(row, w + n * stride, x.columns);
          continue;
        }
        const double sum = x.dtype == DType::BF16 ? dot<BF16, double>(row, w + n * stride, x.columns)
                                                  : dot<float, double>(row, w + n * stride, x.columns);
        static_cast<float *>(y.data)[at] = static_cast<float>(sum + (bias ? double{bias[n]} : 0.0));
      }
    }
    return {};
  }

  const Program &program;
  CodeImage image;
  Packer constants;
  uint64_t seed;

public:
  mutable std::map<std::string, EmulatedProgram::KernelTraffic> moved; ///< one thread runs at a time
};

} // namespace

struct EmulatedProgram::State {
  Program program;
  Weights weights;
  std::unique_ptr<Runner> runner;
  ConstantStore store;
  std::unique_ptr<SessionSpace> space;
  BatchSize size = {};
};

EmulatedProgram::EmulatedProgram(std::unique_ptr<State> state) : state(std::move(state)) {}
EmulatedProgram::EmulatedProgram(EmulatedProgram &&other) noexcept = default;
EmulatedProgram::~EmulatedProgram() = default;

Result<EmulatedProgram> EmulatedProgram::create(Program program, Weights weights, uint64_t seed) {
  if (auto valid = validate(program); !valid) {
    return fail(valid);
  }
  auto state = std::make_unique<State>(std::move(program), std::move(weights));
  const auto *code = std::get_if<CudaCode>(&state->program.code);
  if (!code || code->emulation.empty()) {
    return fail(ErrorKind::Unsupported, "the program has no host form of its kernels");
  }
  auto image = CodeImage::load(code->emulation);
  if (!image) {
    return fail(image);
  }
  state->runner = std::make_unique<Runner>(state->program, std::move(*image), seed);
  auto store = ConstantStore::build(state->program, state->weights, state->runner->packer());
  if (!store) {
    return fail(store);
  }
  state->store = std::move(*store);
  auto space = state->runner->space({state->program, {}, state->store.pointers()});
  if (!space) {
    return fail(space);
  }
  state->space = std::move(*space);
  return EmulatedProgram(std::move(state));
}

Result<void> EmulatedProgram::run(const Batch &batch) {
  auto size = checkBatch(state->program, batch);
  if (!size) {
    return fail(size);
  }
  state->size = *size;
  return state->space->run(batch, *size);
}

std::vector<OutputView> EmulatedProgram::outputs() const {
  std::vector<OutputView> views;
  for (size_t index = 0; index < state->program.outputs.size(); ++index) {
    const Output &output = state->program.outputs[index];
    const Buffer &buffer = state->program.buffers[static_cast<size_t>(output.buffer)];
    views.push_back(
        {output.name, state->space->output(index), buffer.rows.at(state->size), buffer.columnsAt(state->size)});
  }
  return views;
}

const std::map<std::string, EmulatedProgram::KernelTraffic> &EmulatedProgram::traffic() const {
  return state->runner->moved;
}

const Program &EmulatedProgram::program() const { return state->program; }

} // namespace clew::emulation

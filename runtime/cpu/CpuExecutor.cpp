// Each step is run in one of three ways: jobs one by one (a recurrence's few may be shared by threads, step by step); blocks
// stage, products shared by columns. Which, is RowPolicy's choice, and changes no bit of the result.
#include "runtime/cpu/CpuExecutor.h"

#include "runtime/base/ParallelFor.h"
#include "runtime/base/Rounding.h"
#include "runtime/cpu/CpuFeatures.h"
#include "runtime/cpu/CpuPacker.h"
#include "runtime/cpu/FirstError.h"
#include "runtime/cpu/StepPlan.h"
#include "runtime/program/LibraryVariables.h"
#include "runtime/program/RecurrentLayout.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <new>
#include <set>
#include <span>

namespace clew {
namespace {

/// Neighbouring jobs run one after the other where there are many: a kernel fetches what its next job reads. Never more than a
/// sixteenth of a thread's share, so that the threads end together.
constexpr int64_t mostJobsTogether = 8;
constexpr int64_t cutsPerThread = 16;

/// Weights that a thread multiplies with all running sequences in one step of a recurrence must be worth a meeting of the threads.
constexpr int64_t sharedBytes = int64_t(512) << 10;

/// Directions whose weights are more than caches hold are run one after the other where memory sets the pace: up to so many sequences.
constexpr int64_t sharedSequences = 16;

/// Rows begin..end of a step, and the scratch memory of whoever works on them.
struct RowRange {
  int64_t begin;
  int64_t end;
  std::byte *locals; ///< local buffers of `capacity` rows, the first of which is row `begin`
  int64_t capacity;  ///< a multiple of 16
};

/// The memory of one thread: what kernels use, what products use, local buffers.
struct Scratch {
  std::byte *kernel;
  std::byte *product;
  std::byte *locals;
};

class CpuExecutor final : public HostExecutor {
public:
  CpuExecutor(const Program &program, const CpuOptions &options)
      : program(program), options(options), constantPacker(program, options.threads) {}

  Result<void> prepare();
  Result<void> run(const Step &step, int stepIndex, Frame &frame) const override;
  int64_t scratchBytes(const BatchSize &size) const override;
  ConstantPacker *packer() override { return &constantPacker; }
  ExecutionFacts facts() const override;

private:
  Result<void> warm() const;
  Result<void> runJobs(const Step &step, const StepPlan &plan, const Frame &frame) const;
  static bool runShared(const Step &step, const PlannedCall &stage, std::span<void *> operands, const Frame &frame);
  Result<void> runByRows(const Step &step, const StepPlan &plan, const Frame &frame, int64_t rows, int threads) const;
  Result<void> runByStages(const Step &step, const StepPlan &plan, const Frame &frame, int64_t rows, int threads) const;
  Scratch scratchOf(const Step &step, const StepPlan &plan, const Frame &frame, int thread) const;

  const Program &program;
  CpuOptions options;
  CodeImage code;
  ProductCache products;
  std::vector<StepPlan> plans;
  CpuPacker constantPacker;
};

/// Base pointer of an operand such that row r lies at base + r * rowBytes, for local buffers too: theirs is moved back by the
/// rows before the block. Computed as an integer, because no such object exists.
void *baseOf(const PlannedOperand &operand, const Frame &frame, const RowRange &range) {
  if (!operand.local()) {
    return frame.base(operand.operand);
  }
  auto first = reinterpret_cast<uintptr_t>(range.locals + operand.localOffset * range.capacity);
  return reinterpret_cast<void *>(first - static_cast<uintptr_t>(range.begin * operand.rowBytes));
}

std::byte *rowOf(const PlannedOperand &operand, const Frame &frame, const RowRange &range) {
  auto base = reinterpret_cast<uintptr_t>(baseOf(operand, frame, range));
  return reinterpret_cast<std::byte *>(base + static_cast<uintptr_t>(range.begin * operand.rowBytes));
}

/// Calls a kernel for begin..end, which may be a part of `range`.
void call(const PlannedCall &stage, const Frame &frame, const RowRange &range, int64_t begin, int64_t end,
          std::byte *scratch) {
  std::array<void *, StepPlan::mostOperands> operands;
  for (size_t i = 0; i < stage.operands.size(); ++i) {
    operands[i] = baseOf(stage.operands[i], frame, range);
  }
  stage.kernel(operands.data(), begin, end, scratch);
}

const float *biasOf(const PlannedGemm &stage, const Frame &frame) {
  return stage.bias < 0 ? nullptr : static_cast<const float *>(frame.constants[stage.bias]);
}

Result<void> CpuExecutor::prepare() {
  if (auto able = checkCpu(program); !able) {
    return able;
  }
  if (program.execution.bf16 == Bf16Products::Native && program.precision != Precision::F32 && !canMultiplyBf16()) {
    return fail(ErrorKind::Unsupported,
                "bf16 native: expected a CPU and a oneDNN with bf16 dot products (AVX512_BF16), found none; auto and "
                "widen run here");
  }
  if (const auto *made = std::get_if<CpuCode>(&program.code); made && !made->object.empty()) {
    auto loaded = CodeImage::load(made->object);
    if (!loaded) {
      return fail(loaded);
    }
    code = std::move(*loaded);
  }
  for (const Step &step : program.steps) {
    auto plan = StepPlan::make(program, step, code, options.threads, products);
    if (!plan) {
      return fail(plan);
    }
    plans.push_back(std::move(*plan));
  }
  return options.warm ? warm() : Result<void>();
}

Result<void> CpuExecutor::warm() const {
  // Layers repeat: one product of each shape makes the primitives, the others will find them in the cache.
  std::vector<const PackedGemm *> distinct;
  for (const StepPlan &plan : plans) {
    for (const PlannedStage &stage : plan.stages) {
      const auto *gemm = std::get_if<PlannedGemm>(&stage);
      if (gemm && std::ranges::none_of(distinct, [&](auto *one) { return one->sharesProducts(*gemm->product); })) {
        distinct.push_back(gemm->product.get());
      }
    }
  }
  FirstError error;
  int64_t shared = options.threads > 1 ? options.rows.sharedMost : 0;
  parallelFor(options.threads, static_cast<int64_t>(distinct.size()),
              [&](int64_t index, int) { error.note(distinct[index]->warm(options.rows.blockMost, shared)); });
  return error.take();
}

ExecutionFacts CpuExecutor::facts() const {
  std::set<std::string> kinds; // "own f32", "oneDNN bf16"
  for (const StepPlan &plan : plans) {
    for (const PlannedStage &stage : plan.stages) {
      if (const auto *gemm = std::get_if<PlannedGemm>(&stage)) {
        const MatrixLayout &layout = gemm->product->layout();
        kinds.insert(fmt::format("{} {}", layout.tiled ? "own" : "oneDNN", nameOf(layout.arithmetic)));
      }
    }
  }
  const auto *made = std::get_if<CpuCode>(&program.code);
  ExecutionFacts facts = {{"cpu", made ? made->cpu : ""},
                          {"products", fmt::format("{}", fmt::join(kinds, ", "))},
                          {"library", "oneDNN " + onednn::version()},
                          {"library_isa", onednn::effectiveIsa()}};
  for (auto &variable : libraryVariables(program.target)) {
    facts.push_back(std::move(variable));
  }
  return facts;
}

int64_t CpuExecutor::scratchBytes(const BatchSize &size) const {
  int64_t most = 0;
  for (size_t i = 0; i < plans.size(); ++i) {
    const Step &step = program.steps[i];
    int64_t rows = step.grid == Grid::Rows ? options.rows.mostAtOnce(step.extent.at(size)) : 0;
    most = std::max(most, roundUp(step.scratch.at(size), kAlignment) + plans[i].productScratch +
                              plans[i].localBytesPerRow * rows);
  }
  return roundUp(most, kAlignment);
}

Scratch CpuExecutor::scratchOf(const Step &step, const StepPlan &plan, const Frame &frame, int thread) const {
  std::byte *base = frame.scratchOf(thread);
  std::byte *product = base + roundUp(step.scratch.at(frame.size), kAlignment);
  return {base, product, product + plan.productScratch};
}

Result<void> CpuExecutor::run(const Step &step, int stepIndex, Frame &frame) const {
  const StepPlan &plan = plans[stepIndex];
  if (frame.deterministic && plan.weightBytes > 0 && !productsAreRowStable(program.execution.products)) {
    return fail(ErrorKind::Unsupported,
                "without AVX-512, products are not bit-identical across batches: deterministic runs "
                "need the ref target here",
                step.where);
  }
  Result<void> done;
  if (step.grid == Grid::Jobs) {
    done = runJobs(step, plan, frame);
  } else {
    int64_t rows = step.extent.at(frame.size);
    int threads = std::min(frame.threads, options.threads);
    if (rows > 0) {
      done = options.rows.byRows(rows, threads, plan.weightBytes) ? runByRows(step, plan, frame, rows, threads)
                                                                  : runByStages(step, plan, frame, rows, threads);
    }
  }
  if (!done && done.error().where.empty()) {
    return fail(done.error().kind, done.error().message, step.where);
  }
  return done;
}

Result<void> CpuExecutor::runJobs(const Step &step, const StepPlan &plan, const Frame &frame) const {
  const auto &stage = std::get<PlannedCall>(plan.stages[0]);
  int64_t cuts = ceilDiv(step.extent.at(frame.size), step.itemsPerCut);
  std::array<void *, StepPlan::mostOperands> operands;
  for (size_t i = 0; i < stage.operands.size(); ++i) {
    operands[i] = frame.base(stage.operands[i].operand);
  }
  const int64_t jobs = cuts * step.jobsPerCut;
  if (stage.shared && runShared(step, stage, std::span(operands).first(stage.operands.size() + 1), frame)) {
    return {};
  }
  const int64_t together = std::clamp<int64_t>(jobs / (cutsPerThread * frame.threads), 1, mostJobsTogether);
  parallelFor(frame.threads, ceilDiv(jobs, together), [&](int64_t index, int thread) {
    const int64_t begin = index * together;
    stage.kernel(operands.data(), begin, std::min(begin + together, jobs), frame.scratchOf(thread));
  });
  return {};
}

/// Runs a recurrence's jobs one after the other, the steps of each by all threads, if that is worth it. The last of `operands` is still to
/// be set.
bool CpuExecutor::runShared(const Step &step, const PlannedCall &stage, std::span<void *> operands,
                            const Frame &frame) {
  const int64_t sequences = step.extent.at(frame.size);
  const int64_t jobs = ceilDiv(sequences, step.itemsPerCut) * step.jobsPerCut;
  const int64_t parts = std::min(int64_t(frame.threads), sequences * stage.weightBytes / sharedBytes);
  if (parts <= 1 || (jobs > 1 && (step.jobsPerCut == 1 || sequences > sharedSequences))) {
    return false;
  }
  const auto *counts = static_cast<const int32_t *>(operands[stage.operands.size() - 1]);
  auto &state = *new (frame.scratchOf(0)) SharedRecurrence{};
  operands[stage.operands.size()] = &state;
  for (state.job = 0; state.job < jobs; ++state.job) {
    for (int64_t at = 0; at < counts[2]; ++at) { // steps of the longest sequence
      for (state.product = 0; state.product < 2 && stage.blocks[state.product] > 0; ++state.product) {
        const int64_t blocks = stage.blocks[state.product];
        const int64_t cuts = std::min(parts, blocks);
        stage.shared(operands.data(), at, at, frame.scratchOf(0));
        parallelFor(frame.threads, cuts, [&](int64_t part, int thread) {
          stage.shared(operands.data(), blocks * part / cuts, blocks * (part + 1) / cuts, frame.scratchOf(thread));
        });
      }
    }
  }
  return true;
}

Result<void> CpuExecutor::runByRows(const Step &step, const StepPlan &plan, const Frame &frame, int64_t rows,
                                    int threads) const {
  int64_t blocks = options.rows.blocks(rows, threads);
  FirstError error;
  parallelFor(threads, blocks, [&](int64_t block, int thread) {
    Scratch scratch = scratchOf(step, plan, frame, thread);
    RowRange range{RowPolicy::begin(rows, blocks, block), RowPolicy::begin(rows, blocks, block + 1), scratch.locals, 0};
    range.capacity = roundUp(range.end - range.begin, RowPolicy::unit);
    for (const PlannedStage &stage : plan.stages) {
      if (const auto *gemm = std::get_if<PlannedGemm>(&stage)) {
        const GemmOperands operands{rowOf(gemm->x, frame, range), frame.constants[gemm->weight], biasOf(*gemm, frame),
                                    rowOf(gemm->y, frame, range), range.end - range.begin};
        if (auto done = gemm->product->run(operands, scratch.product); !done) {
          return error.note(done);
        }
      } else {
        call(std::get<PlannedCall>(stage), frame, range, range.begin, range.end, scratch.kernel);
      }
    }
  });
  return error.take();
}

Result<void> CpuExecutor::runByStages(const Step &step, const StepPlan &plan, const Frame &frame, int64_t rows,
                                      int threads) const {
  // Local buffers hold all rows and are shared: they lie in the first thread's memory.
  RowRange range{0, rows, scratchOf(step, plan, frame, 0).locals, roundUp(rows, RowPolicy::unit)};
  const RowPolicy &policy = options.rows;
  FirstError error;
  for (const PlannedStage &stage : plan.stages) {
    if (const auto *gemm = std::get_if<PlannedGemm>(&stage)) {
      const PackedGemm &product = *gemm->product;
      const GemmOperands operands{rowOf(gemm->x, frame, range), frame.constants[gemm->weight], biasOf(*gemm, frame),
                                  rowOf(gemm->y, frame, range), rows};
      bool alone = rows * product.layout().columns * product.layout().depth < policy.aloneProducts;
      if (alone) {
        std::byte *scratch = scratchOf(step, plan, frame, 0).product;
        error.note(product.run(operands, scratch));
      } else {
        parallelFor(threads, product.panels(), [&](int64_t panel, int thread) {
          std::byte *scratch = scratchOf(step, plan, frame, thread).product;
          error.note(product.runPanel(static_cast<int>(panel), operands, scratch));
        });
      }
    } else {
      const auto &kernel = std::get<PlannedCall>(stage);
      int64_t parts = rows * kernel.rowElements < policy.aloneElements ? 1 : std::min<int64_t>(threads, rows);
      parallelFor(threads, parts, [&](int64_t part, int thread) {
        call(kernel, frame, range, rows * part / parts, rows * (part + 1) / parts,
             scratchOf(step, plan, frame, thread).kernel);
      });
    }
    if (error.any()) {
      break;
    }
  }
  return error.take();
}

} // namespace

Result<std::unique_ptr<HostExecutor>> makeCpuExecutor(const Program &program, const CpuOptions &options) {
  CpuOptions sane = options;
  sane.threads = std::max(sane.threads, 1);
  sane.rows.blockMost =
      std::clamp<int64_t>(roundUp(sane.rows.blockMost, RowPolicy::unit), RowPolicy::unit, RowLadder::most);
  auto executor = std::make_unique<CpuExecutor>(program, sane);
  if (auto ready = executor->prepare(); !ready) {
    return fail(ready);
  }
  return executor;
}

} // namespace clew

// Speed of packed products for the shapes of bert/base, tinybert-4l-312 and minirbt-h256, as a share of this CPU's measured f32
// FMA peak, and the time to pack weights. Each product is checked before it is timed. Weights are hot in cache here, unlike in a
// model whose weights exceed it; kernels between products and attention are not measured.
#include "runtime/base/ParallelFor.h"
#include "runtime/cpu/RowPolicy.h"
#include "tests/bench/Peak.h"
#include "tests/runtime/cpu/TestMatrix.h"

#include <benchmark/benchmark.h>
#include <cmath>
#include <fmt/format.h>

using namespace clew;

namespace {

/// 1e9 f32 operations a second that one core reaches.
double peakOfOneCore() {
  static const double peak = measurePeak(PeakKind::F32, 1);
  return peak;
}

/// Whether the first and last element of y are what a loop in double gives.
bool isRight(const TestMatrix &matrix, const TestActivations &x, const std::vector<int32_t> &y, int64_t rows) {
  for (auto [m, n] : {std::pair<int64_t, int64_t>{0, 0}, {rows - 1, matrix.columns - 1}}) {
    double sum = 0;
    double magnitude = 0;
    const float *w = matrix.weights.data() + n * matrix.depth;
    float most = 0;
    for (int64_t k = 0; k < matrix.depth; ++k) {
      most = std::max(most, std::abs(w[k]));
    }
    for (int64_t k = 0; k < matrix.depth; ++k) {
      double weight = matrix.dtype == DType::S8     ? std::nearbyint(w[k] / (most / 127))
                      : matrix.dtype == DType::BF16 ? static_cast<float>(BF16(w[k]))
                                                    : w[k];
      sum += weight * x.exact[m * matrix.depth + k];
      magnitude += std::abs(weight * x.exact[m * matrix.depth + k]);
    }
    int32_t bits = y[m * matrix.columns + n];
    double found = matrix.dtype == DType::S8 ? bits : std::bit_cast<float>(bits);
    if (!(std::abs(found - sum) <= (matrix.dtype == DType::S8 ? 0 : 1e-6 * magnitude))) {
      return false;
    }
  }
  return true;
}

/// M rows of a K x N product on `threads` threads, cut as CpuExecutor cuts a step of this one product.
void product(benchmark::State &state, DType dtype, int64_t depth, int64_t columns, int threads) {
  int64_t rows = state.range(0);
  TestMatrix matrix(dtype, columns, depth);
  TestActivations x(dtype, rows, depth);
  ProductCache cache;
  PackedGemm gemm(matrix.layout(threads), false, cache);
  auto packed = matrix.pack(threads);
  auto scratch = Arena::allocate(gemm.scratchBytes(RowLadder::most) * threads + 64);
  if (!packed || !scratch) {
    return state.SkipWithError("no memory");
  }
  std::vector<int32_t> y((rows + 15) / 16 * 16 * columns);
  RowPolicy policy;
  bool byRows = policy.byRows(rows, threads, gemm.layout().bytes());
  int64_t blocks = byRows ? policy.blocks(rows, threads) : gemm.panels();
  int64_t inputBytes = static_cast<int64_t>(x.bytes.size()) / ((rows + 15) / 16 * 16);
  auto run = [&] {
    parallelFor(threads, blocks, [&](int64_t block, int thread) {
      std::byte *aside = scratch->data() + thread * gemm.scratchBytes(RowLadder::most);
      int64_t begin = RowPolicy::begin(rows, blocks, block);
      const GemmOperands all{x.bytes.data(), packed->data.get(), nullptr, y.data(), rows};
      const GemmOperands some{x.bytes.data() + begin * inputBytes, packed->data.get(), nullptr,
                              y.data() + begin * columns, RowPolicy::begin(rows, blocks, block + 1) - begin};
      auto done = byRows ? gemm.run(some, aside) : gemm.runPanel(static_cast<int>(block), all, aside);
      if (!done) {
        state.SkipWithError(done.error().message.c_str());
      }
    });
  };
  run();
  if (!isRight(matrix, x, y, rows)) {
    return state.SkipWithError("wrong result");
  }
  for (auto _ : state) {
    run();
    benchmark::ClobberMemory();
  }
  double operations = 2.0 * static_cast<double>(rows * columns * depth);
  state.counters["GF/s"] = benchmark::Counter(operations / 1e9, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["of_f32_peak"] =
      benchmark::Counter(operations / 1e9 / (peakOfOneCore() * threads), benchmark::Counter::kIsIterationInvariantRate);
}

/// Packs one matrix of bert/base (3072 x 768); items are weights.
void packing(benchmark::State &state, DType dtype, int threads) {
  TestMatrix matrix(dtype, 3072, 768);
  for (auto _ : state) {
    auto packed = matrix.pack(threads);
    if (!packed) {
      return state.SkipWithError(packed.error().message.c_str());
    }
    benchmark::DoNotOptimize(packed->data.get());
  }
  state.SetItemsProcessed(state.iterations() * 3072 * 768);
}

void registerAll() {
  struct Shape {
    const char *model;
    int64_t depth;
    int64_t columns;
  };
  constexpr Shape shapes[] = {{"base.qkv", 768, 2304},  {"base.out", 768, 768},   {"base.up", 768, 3072},
                              {"base.down", 3072, 768}, {"tiny.qkv", 312, 936},   {"tiny.out", 312, 312},
                              {"tiny.up", 312, 1200},   {"tiny.down", 1200, 312}, {"mini.qkv", 256, 768},
                              {"mini.out", 256, 256},   {"mini.up", 256, 1024},   {"mini.down", 1024, 256}};
  for (DType dtype : {DType::F32, DType::BF16, DType::S8}) {
    for (int threads : {1, 2}) {
      for (const Shape &shape : shapes) {
        auto name = fmt::format("gemm/{}/{}/threads:{}", nameOf(dtype), shape.model, threads);
        auto *one = benchmark::RegisterBenchmark(
            name.c_str(), [=](benchmark::State &state) { product(state, dtype, shape.depth, shape.columns, threads); });
        one->ArgName("M")->UseRealTime();
        for (int64_t rows : {1, 8, 16, 32, 64, 80, 128, 512}) {
          one->Arg(rows);
        }
      }
      benchmark::RegisterBenchmark(fmt::format("pack/{}/threads:{}", nameOf(dtype), threads).c_str(),
                                   [=](benchmark::State &state) { packing(state, dtype, threads); })
          ->UseRealTime();
    }
  }
}

} // namespace

int main(int argc, char **argv) {
  registerAll();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 2;
  }
  benchmark::AddCustomContext("f32_peak_one_core_GF/s", fmt::format("{:.0f}", peakOfOneCore()));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

// Times whole models per precision and shape: tokens a second, GF/s, and the share of the machine's measured peak. Each model
// and precision is held against the naive backend first; what is wrong is not timed. Weights are seeded random ones.
// Not measured: text to tokens, loading, compiling, accuracy, batches of mixed lengths (see peers/compare.py).
//
//   clew_model_bench [--benchmark_filter=int8/batch:8] [THREADS [MODEL...]]
#include "compiler/Compile.h"
#include "tests/bench/OpenModel.h"
#include "tests/bench/Peak.h"
#include "zoo/Zoo.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>
#include <optional>
#include <random>

namespace clew {
namespace {

struct BenchedPrecision {
  Precision value;
  PeakKind peak;
  double bound; ///< f32: largest difference; else: least cosine
};
constexpr BenchedPrecision kBenched[] = {{Precision::F32, PeakKind::F32, 1e-4},
                                         {Precision::BF16, PeakKind::BF16, 0.999},
                                         {Precision::Int8, PeakKind::Int8, 0.99}};
constexpr int64_t kShapes[][2] = {{1, 16}, {1, 64}, {1, 128}, {1, 512}, {8, 32}, {8, 128}, {32, 128}};

/// A packed batch that owns its arrays.
struct OwnedBatch {
  std::vector<int32_t> ids;
  std::vector<int32_t> offsets{0};

  Batch view() const { return {ids, {}, offsets}; }
};

OwnedBatch makeBatch(const std::vector<int64_t> &lengths, int64_t vocabulary) {
  OwnedBatch batch;
  std::mt19937 numbers(7);
  for (const int64_t length : lengths) {
    for (int64_t token = 0; token < length; ++token) {
      batch.ids.push_back(static_cast<int32_t>(numbers() % static_cast<uint64_t>(vocabulary)));
    }
    batch.offsets.push_back(static_cast<int32_t>(batch.ids.size()));
  }
  return batch;
}

/// How far `found` is from `exact`: the largest difference, and the cosine.
struct Distance {
  double largest = 0;
  double cosine = 0;
};

Distance distance(std::span<const float> found, std::span<const float> exact) {
  double both = 0, left = 0, right = 0;
  Distance result;
  for (size_t i = 0; i < exact.size(); ++i) {
    const double x = found[i], y = exact[i];
    const double apart = std::isfinite(x) ? std::abs(x - y) : std::numeric_limits<double>::infinity();
    result.largest = std::max(result.largest, apart);
    both += x * y;
    left += x * x;
    right += y * y;
  }
  result.cosine = both / std::sqrt(left * right);
  return result;
}

/// One model at one precision, opened when its first benchmark runs and closed when another one's does.
class OpenedModel {
public:
  OpenedModel(std::string name, const BenchedPrecision &precision, int threads)
      : name(std::move(name)), precision(precision), threads(threads) {}

  /// Opens and checks; returns an error's text.
  std::optional<std::string> open() {
    const Result<Zoo> zoo = Zoo::open();
    if (!zoo) {
      return zoo.error().render();
    }
    Result<Model> found = zoo->findModel(name);
    if (!found) {
      return found.error().render();
    }
    model = std::move(*found);
    OpenOptions options;
    options.threads = threads;
    options.compile.target = Target::Ref;
    Result<Session> exact = openModel(model, options);
    options.compile.target = Target::Cpu;
    options.compile.precision = precision.value;
    Result<Session> ours = openModel(model, options);
    if (!exact || !ours) {
      return (exact ? ours : exact).error().render();
    }
    session = std::make_unique<Session>(std::move(*ours));
    // Where bf16 multiply-adds are slower than f32's, products of bf16 run as f32.
    peak = std::max(measurePeak(precision.peak, threads), measurePeak(PeakKind::F32, threads));
    return check(*exact);
  }

  int64_t vocabulary() const { return limitOf(session->executable().program(), "ids"); }

  std::string name;
  BenchedPrecision precision;
  int threads;
  Model model;
  std::unique_ptr<Session> session;
  double peak = 0;

private:
  std::optional<std::string> check(Session &exact) {
    const OwnedBatch batch = makeBatch({7, 1, 16, 33}, vocabulary());
    if (auto ran = exact.run(batch.view()); !ran) {
      return ran.error().render();
    }
    if (auto ran = session->run(batch.view()); !ran) {
      return ran.error().render();
    }
    for (const OutputView &expected : exact.outputs()) {
      const Result<OutputView> output = session->output(expected.name);
      if (!output || output->rows != expected.rows || output->columns != expected.columns) {
        return fmt::format("{} is missing or misshaped", expected.name);
      }
      const Distance apart = distance(output->values(), expected.values());
      const bool good =
          precision.value == Precision::F32 ? apart.largest <= precision.bound : apart.cosine >= precision.bound;
      if (!good) {
        return fmt::format("{} is wrong: differs by {:.3g}, cosine {:.6f}", expected.name, apart.largest, apart.cosine);
      }
    }
    return std::nullopt;
  }
};

/// The model that is open now; one at a time, because weights are large.
std::shared_ptr<OpenedModel> opened;
std::optional<std::string> failure;

void runShape(benchmark::State &state, const std::string &name, const BenchedPrecision &precision, int threads) {
  if (!opened || opened->name != name || opened->precision.value != precision.value) {
    opened = std::make_shared<OpenedModel>(name, precision, threads);
    failure = opened->open();
  }
  if (failure) {
    state.SkipWithError(failure->c_str());
    return;
  }
  const int64_t rows = state.range(0), tokens = state.range(1);
  const OwnedBatch batch = makeBatch(std::vector<int64_t>(static_cast<size_t>(rows), tokens), opened->vocabulary());
  for (auto _ : state) {
    if (auto ran = opened->session->run(batch.view()); !ran) {
      state.SkipWithError(ran.error().render().c_str());
      return;
    }
  }
  state.SetItemsProcessed(state.iterations() * rows * tokens);
  if (const Result<ModelSummary> summary = summarize(opened->model, tokens)) {
    const double operations = static_cast<double>(summary->flops * rows) / 1e9;
    const auto rate = benchmark::Counter::kIsIterationInvariantRate;
    state.counters["GF/s"] = benchmark::Counter(operations, rate);
    if (opened->peak > 0) {
      state.counters["of_peak"] = benchmark::Counter(operations / opened->peak, rate);
    }
  }
}

void registerModel(const std::string &name, int threads) {
  for (const BenchedPrecision &precision : kBenched) {
    auto *entry = benchmark::RegisterBenchmark(
        fmt::format("{}/{}", name, nameOf(precision.value)).c_str(),
        [name, precision, threads](benchmark::State &state) { runShape(state, name, precision, threads); });
    for (const auto &shape : kShapes) {
      entry->Args({shape[0], shape[1]});
    }
    entry->ArgNames({"batch", "tokens"})->UseRealTime()->Unit(benchmark::kMillisecond);
  }
}

} // namespace
} // namespace clew

int main(int argc, char **argv) {
  benchmark::Initialize(&argc, argv);
  const int threads = argc > 1 ? std::atoi(argv[1]) : 1;
  if (threads < 1) {
    fmt::print(stderr, "usage: clew_model_bench [--benchmark_...] [THREADS [MODEL...]]\n");
    return 2;
  }
  std::vector<std::string> models(argv + std::min(argc, 2), argv + argc);
  if (models.empty()) {
    models = {"bert/tinybert-4l-312", "bert/minirbt-h256", "bert/base", "bilstm/base"};
  }
  for (const std::string &name : models) {
    clew::registerModel(name, threads);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

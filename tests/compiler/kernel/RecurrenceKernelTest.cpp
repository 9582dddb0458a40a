// Generated recurrences against a plain loop in double precision, in every weight precision and for ragged batches.
#include "compiler/kernel/generate/RecurrenceKernel.h"
#include "runtime/program/RecurrentLayout.h"
#include "tests/compiler/kernel/CompiledKernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

using namespace clew;
using namespace clew::compiler;

namespace {

/// A direction's weights or its projection, as they are (rounded to their precision) and as the kernel reads them.
struct Direction {
  std::vector<double> weights; ///< [gates * units][depth], what the numbers mean
  std::vector<unsigned char> packed;
  std::vector<float> scales;
  std::vector<int32_t> columnSums;

  Direction(const RecurrentLayout &layout, unsigned seed)
      : weights(layout.gates * layout.hidden * layout.depth), scales(layout.gates * layout.hidden, 1.0F),
        columnSums(layout.gates * layout.hidden) {
    const DType dtype = layout.dtype;
    const int64_t units = layout.hidden, depth = layout.depth, gates = layout.gates;
    int64_t bytes = int64_t(bytesOf(dtype)), perWord = 4 / bytes, groups = (depth + perWord - 1) / perWord;
    packed.assign((units + 15) / 16 * groups * gates * 64, 0);
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (int64_t n = 0; n < gates * units; ++n) {
      int64_t gate = n / units, unit = n % units;
      scales[n] = dtype == DType::S8 ? 0.001F * float(1 + n % 3) : 1.0F;
      for (int64_t k = 0; k < depth; ++k) {
        float w = uniform(random) * 2 / std::sqrt(float(depth));
        int64_t element =
            ((((unit / 16) * groups + k / perWord) * gates + gate) * 16 + unit % 16) * perWord + k % perWord;
        auto put = [&](auto value) { std::memcpy(&packed[element * bytes], &value, sizeof(value)); };
        if (dtype == DType::F32) {
          put(w);
        } else if (dtype == DType::BF16) {
          put(BF16(w));
          w = float(BF16(w));
        } else {
          auto q = int8_t(std::clamp(std::nearbyint(w / scales[n]), -127.0F, 127.0F));
          put(q);
          columnSums[n] += q;
          w = q;
        }
        weights[n * depth + k] = w;
      }
    }
  }
};

struct Batch {
  RecurrenceShape shape;
  std::vector<int32_t> offsets = {0}, order, counts;
  std::vector<Direction> directions, projections;
  std::vector<float> gates, out;

  Batch(int64_t hidden, DType dtype, const std::vector<int> &lengths, int64_t projection = 0) {
    const int64_t outputs = projection > 0 ? projection : hidden;
    shape = {.hidden = hidden,
             .ldGates = 8 * hidden + 3,
             .ldOut = 2 * outputs,
             .gatesAt = {0, 4 * hidden + 3},
             .reverse = {false, true},
             .outAt = {0, outputs},
             .weights = dtype,
             .projection = projection};
    for (int length : lengths) {
      offsets.push_back(offsets.back() + length);
    }
    order.resize(lengths.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](int a, int b) { return std::pair(-lengths[a], a) < std::pair(-lengths[b], b); });
    counts = {offsets.back(), int32_t(lengths.size()), lengths[order[0]]};
    for (unsigned d = 0; d < 2; ++d) {
      directions.emplace_back(RecurrentLayout{hidden, outputs, dtype, 4}, d + 1);
      if (projection > 0) {
        projections.emplace_back(RecurrentLayout{projection, hidden, dtype, 1}, d + 3);
      }
    }
    std::mt19937 random(9);
    std::normal_distribution<float> normal(0, 1.5F);
    gates.resize(offsets.back() * shape.ldGates);
    for (float &x : gates) {
      x = normal(random);
    }
    out.assign(offsets.back() * shape.ldOut, std::numeric_limits<float>::quiet_NaN());
  }

  /// The backward direction alone.
  void takeBackward() {
    shape.gatesAt.erase(shape.gatesAt.begin());
    shape.reverse.erase(shape.reverse.begin());
    shape.outAt.erase(shape.outAt.begin());
    directions.erase(directions.begin());
    projections.erase(projections.begin(), projections.begin() + (projections.empty() ? 0 : 1));
  }

  /// Scratch of a thread, filled with ones.
  struct Memory {
    size_t bytes;
    std::vector<char> scratch;

    explicit Memory(size_t bytes) : bytes(bytes), scratch(bytes + 128, '\xff') {}
    char *begin() { return scratch.data() + (64 - reinterpret_cast<uintptr_t>(scratch.data()) % 64); }
    bool keptEnd() { return begin()[bytes] == '\xff'; }
  };

  Memory memory(const TargetCpu &cpu) const {
    return Memory(recurrenceScratch(shape, cpu).at({LevelSize{counts[0], counts[2]}}));
  }

  std::vector<void *> operands() {
    std::vector<void *> operands = {gates.data(), out.data()};
    const auto push = [&](Direction &matrix) {
      operands.push_back(matrix.packed.data());
      if (shape.weights == DType::S8) {
        operands.push_back(matrix.scales.data());
        operands.push_back(matrix.columnSums.data());
      }
    };
    for (size_t d = 0; d < directions.size(); ++d) {
      push(directions[d]);
      if (shape.projection > 0) {
        push(projections[d]);
      }
    }
    operands.insert(operands.end(), {offsets.data(), order.data(), counts.data()});
    return operands;
  }

  void run(KernelFunction kernel, const TargetCpu &cpu) {
    Memory scratch = memory(cpu);
    int64_t cuts = (counts[1] + recurrenceGroup - 1) / recurrenceGroup;
    kernel(operands().data(), 0, cuts * shape.directions(), scratch.begin());
    CHECK(scratch.keptEnd());
  }

  /// As `parts` threads would run it, the first of which lends its scratch for the state.
  void runShared(KernelFunction kernel, const TargetCpu &cpu, int64_t parts) {
    std::vector<Memory> threads(parts, memory(cpu));
    std::vector<void *> places = operands();
    places.push_back(threads[0].begin());
    auto &state = *reinterpret_cast<SharedRecurrence *>(threads[0].begin());
    const int64_t jobs = (counts[1] + recurrenceGroup - 1) / recurrenceGroup * shape.directions();
    for (state.job = 0; state.job < jobs; ++state.job) {
      for (int64_t step = 0; step < counts[2]; ++step) {
        for (state.product = 0; state.product < (shape.projection > 0 ? 2 : 1); ++state.product) {
          const int64_t blocks = ((state.product == 0 ? shape.hidden : shape.projection) + 15) / 16;
          kernel(places.data(), step, step, threads[0].begin());
          for (int64_t part = parts - 1; part >= 0; --part) {
            int64_t begin = blocks * part / parts, end = blocks * (part + 1) / parts;
            if (begin < end) {
              kernel(places.data(), begin, end, threads[part].begin());
            }
          }
        }
      }
    }
    for (Memory &thread : threads) {
      CHECK(thread.keptEnd());
    }
  }

  double worst() const {
    double largest = 0;
    for (size_t s = 0; s + 1 < offsets.size(); ++s) {
      for (int64_t d = 0; d < 2; ++d) {
        largest = std::max(largest, worstOf(offsets[s], offsets[s + 1], d));
      }
    }
    return largest;
  }

private:
  /// h as it is multiplied: its values and what each unit of them is worth.
  double rounded(std::vector<double> &h) const {
    double scale = 1;
    if (shape.weights == DType::S8) {
      scale = 0;
      for (double x : h) {
        scale = std::max(scale, std::abs(x) / 127);
      }
    }
    for (double &x : h) {
      x = shape.weights == DType::BF16 ? float(BF16(float(x)))
          : shape.weights == DType::S8 ? (scale == 0 ? 0 : std::nearbyint(x / scale))
                                       : x;
    }
    return scale;
  }

  double worstOf(int64_t begin, int64_t end, int64_t d) const {
    auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
    int64_t hidden = shape.hidden;
    std::vector<double> h(hidden), c(hidden), gate(4 * hidden);
    double largest = 0;
    for (int64_t step = 0; step < end - begin; ++step) {
      int64_t token = shape.reverse[d] ? end - 1 - step : begin + step;
      std::vector<double> words = h;
      double scale = rounded(words);
      for (int64_t n = 0; n < 4 * hidden; ++n) {
        double sum = std::inner_product(words.begin(), words.end(), &directions[d].weights[n * hidden], 0.0);
        gate[n] = gates[token * shape.ldGates + shape.gatesAt[d] + n] + sum * scale * directions[d].scales[n];
      }
      for (int64_t u = 0; u < hidden; ++u) {
        c[u] = sigmoid(gate[hidden + u]) * c[u] + sigmoid(gate[u]) * std::tanh(gate[2 * hidden + u]);
        h[u] = sigmoid(gate[3 * hidden + u]) * std::tanh(c[u]);
        float found = out[token * shape.ldOut + shape.outAt[d] + u];
        largest =
            std::isnan(found) ? std::numeric_limits<double>::infinity() : std::max(largest, std::abs(found - h[u]));
        h[u] = found; // so that a rounding that falls to the other side is not carried on
      }
    }
    return largest;
  }
};

KernelFunction build(CompiledKernels &kernels, const RecurrenceShape &shape) {
  LoopBuilder builder(kernels.module(), kernels.cpu());
  buildRecurrenceKernel(builder, "recurrence", shape);
  return kernels.find("recurrence");
}

std::vector<int> ragged() {
  std::vector<int> lengths;
  for (int i = 0; i < 45; ++i) {
    lengths.push_back(1 + i * 17 % 23);
  }
  return lengths;
}

constexpr DType precisions[] = {DType::F32, DType::BF16, DType::S8};

} // namespace

TEST_CASE("recurrences of both directions, every precision, ragged batches and a single sequence") {
  for (const TargetCpu &cpu : testedCpus()) {
    for (DType dtype : precisions) {
      for (int64_t hidden : {1, 27, 286}) {
        CAPTURE(cpu.name);
        CAPTURE(nameOf(dtype));
        CAPTURE(hidden);
        // Where h is near a rounding boundary one step of it may fall either way; c carries that on.
        double bound = dtype == DType::F32 ? 1e-5 : dtype == DType::BF16 ? 5e-3 : 2e-2;
        CompiledKernels kernels(cpu);
        Batch many(hidden, dtype, hidden < 100 ? ragged() : std::vector<int>{1, 4, 2, 2, 3, 1, 1});
        KernelFunction kernel = build(kernels, many.shape);
        many.run(kernel, cpu);
        CHECK(many.worst() < bound);
        Batch one(hidden, dtype, {11});
        one.run(kernel, cpu);
        CHECK(one.worst() < bound);
      }
    }
  }
}

TEST_CASE("a sequence's recurrence has the same bits alone and in any company, NaN included") {
  for (const TargetCpu &cpu : testedCpus()) {
    for (DType dtype : precisions) {
      CAPTURE(cpu.name);
      CAPTURE(nameOf(dtype));
      CompiledKernels kernels(cpu);
      Batch batch(27, dtype, ragged());
      KernelFunction kernel = build(kernels, batch.shape);
      batch.run(kernel, cpu);
      for (size_t s = 0; s + 1 < batch.offsets.size(); s += 4) {
        int64_t first = batch.offsets[s], length = batch.offsets[s + 1] - first;
        int64_t wide = batch.shape.ldGates, narrow = batch.shape.ldOut;
        Batch alone(27, dtype, {int(length)});
        std::copy_n(&batch.gates[first * wide], length * wide, alone.gates.begin());
        alone.run(kernel, cpu);
        CHECK(std::memcmp(alone.out.data(), &batch.out[first * narrow], length * narrow * sizeof(float)) == 0);
        Batch poisoned = batch;
        std::fill(poisoned.gates.begin(), poisoned.gates.end(), std::numeric_limits<float>::quiet_NaN());
        std::copy_n(&batch.gates[first * wide], length * wide, &poisoned.gates[first * wide]);
        poisoned.run(kernel, cpu);
        CHECK(std::memcmp(&poisoned.out[first * narrow], &batch.out[first * narrow], length * narrow * sizeof(float)) ==
              0);
      }
    }
  }
}

TEST_CASE("threads that share the steps of a recurrence come to the same bits as one") {
  for (const TargetCpu &cpu : testedCpus()) {
    for (DType dtype : precisions) {
      for (const auto &lengths : {std::vector<int>{11}, {1, 4, 2, 2, 3, 1, 1}, {9, 9, 3}}) {
        CAPTURE(cpu.name);
        CAPTURE(nameOf(dtype));
        CAPTURE(lengths.size());
        CompiledKernels kernels(cpu);
        Batch batch(70, dtype, lengths);              // 5 blocks of units
        CHECK_FALSE(canShareRecurrence(batch.shape)); // directions run side by side
        batch.takeBackward();
        REQUIRE(canShareRecurrence(batch.shape));
        LoopBuilder builder(kernels.module(), kernels.cpu());
        buildRecurrenceKernel(builder, "recurrence", batch.shape);
        buildSharedRecurrence(builder, "shared", batch.shape);
        Batch whole = batch;
        whole.run(kernels.find("recurrence"), cpu);
        for (int64_t parts : {1, 2, 3, 5}) {
          CAPTURE(parts);
          Batch shared = batch;
          shared.runShared(kernels.find("shared"), cpu, parts);
          CHECK(std::memcmp(shared.out.data(), whole.out.data(), whole.out.size() * sizeof(float)) == 0);
        }
      }
    }
  }
}

TEST_CASE("threads that share the steps of both directions, with projections and over several groups, come to the same "
          "bits as one") {
  for (const TargetCpu &cpu : testedCpus()) {
    for (DType dtype : precisions) {
      for (const auto &[lengths, directions] :
           {std::pair{std::vector<int>{5}, 2}, {std::vector<int>{1, 4, 2, 2}, 1}, {ragged(), 2}}) {
        CAPTURE(cpu.name);
        CAPTURE(nameOf(dtype));
        CAPTURE(lengths.size());
        CompiledKernels kernels(cpu);
        Batch batch(70, dtype, lengths, 37); // 5 blocks of units, 3 of the projection
        batch.shape.cellClip = 1.5;
        batch.shape.projectionClip = 0.5;
        if (directions == 1) {
          batch.takeBackward();
        }
        LoopBuilder builder(kernels.module(), kernels.cpu());
        buildRecurrenceKernel(builder, "recurrence", batch.shape);
        buildSharedRecurrence(builder, "shared", batch.shape);
        Batch whole = batch;
        whole.run(kernels.find("recurrence"), cpu);
        CHECK(std::isfinite(whole.out[whole.shape.outAt[0]]));
        for (int64_t parts : {1, 2, 5}) {
          CAPTURE(parts);
          Batch shared = batch;
          shared.runShared(kernels.find("shared"), cpu, parts);
          CHECK(std::memcmp(shared.out.data(), whole.out.data(), whole.out.size() * sizeof(float)) == 0);
        }
      }
    }
  }
}

TEST_CASE("which recurrences threads share") {
  RecurrenceShape elmo{
      .hidden = 4096, .gatesAt = {0, 16384}, .reverse = {false, true}, .outAt = {0, 512}, .projection = 512};
  CHECK(canShareRecurrence(elmo)); // 80 MiB
  elmo.weights = DType::BF16;
  CHECK(canShareRecurrence(elmo));
  elmo.weights = DType::S8;
  CHECK_FALSE(canShareRecurrence(elmo)); // 20 MiB stay in caches
  RecurrenceShape paddle{
      .hidden = 64, .gru = true, .resetBefore = true, .gatesAt = {0}, .reverse = {false}, .outAt = {0}};
  CHECK_FALSE(canShareRecurrence(paddle));
  paddle.resetBefore = false;
  CHECK(canShareRecurrence(paddle));
}

TEST_CASE("a sequence's own NaN reaches all that comes after it") {
  for (const TargetCpu &cpu : testedCpus()) {
    for (DType dtype : precisions) {
      CAPTURE(cpu.name);
      CAPTURE(nameOf(dtype));
      CompiledKernels kernels(cpu);
      Batch batch(20, dtype, {6});
      KernelFunction kernel = build(kernels, batch.shape);
      batch.gates[2 * batch.shape.ldGates + 7] = std::numeric_limits<float>::quiet_NaN(); // forwards, unit 7
      batch.run(kernel, cpu);
      CHECK_FALSE(std::isnan(batch.out[1 * batch.shape.ldOut + 7]));
      CHECK(std::isnan(batch.out[2 * batch.shape.ldOut + 7]));
      CHECK(std::isnan(batch.out[3 * batch.shape.ldOut + 0]));
      CHECK_FALSE(std::isnan(batch.out[3 * batch.shape.ldOut + 20]));
    }
  }
}

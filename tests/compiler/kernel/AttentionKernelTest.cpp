// Generated attention against a plain loop in double precision, and its promises on neighbours and batches.
#include "compiler/kernel/generate/AttentionKernel.h"
#include "runtime/base/DType.h"
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

/// A packed batch of q, k and v side by side in one buffer, as merged products leave them, and the result.
struct Batch {
  AttentionShape shape;
  std::vector<int32_t> offsets = {0}, order;
  std::vector<float> qkv, out;

  Batch(int64_t heads, int64_t headSize, const std::vector<int> &lengths, bool bf16 = false) {
    int64_t hidden = heads * headSize;
    shape = {.heads = heads,
             .keySize = headSize,
             .valueSize = headSize,
             .ldQ = 3 * hidden,
             .ldK = 3 * hidden,
             .ldV = 3 * hidden,
             .ldOut = hidden,
             .kAt = hidden,
             .vAt = 2 * hidden,
             .scale = 1 / std::sqrt(double(headSize)),
             .bf16 = bf16};
    for (int length : lengths) {
      offsets.push_back(offsets.back() + length);
    }
    order.resize(lengths.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](int a, int b) { return std::pair(-lengths[a], a) < std::pair(-lengths[b], b); });
    std::mt19937 random(7);
    std::normal_distribution<float> normal(0, 1.5F);
    qkv.resize(tokens() * 3 * hidden);
    for (float &x : qkv) {
      x = normal(random);
    }
    out.assign(tokens() * hidden, std::numeric_limits<float>::quiet_NaN());
  }

  int64_t tokens() const { return offsets.back(); }
  int64_t longest() const { return offsets[order[0] + 1] - offsets[order[0]]; }

  void run(KernelFunction kernel, const TargetCpu &cpu) {
    size_t bytes = attentionScratch(shape, cpu).at({LevelSize{tokens(), longest()}});
    std::vector<char> scratch(bytes + 128, 'x');
    char *aligned = scratch.data() + (64 - reinterpret_cast<uintptr_t>(scratch.data()) % 64);
    void *operands[] = {qkv.data(), qkv.data(), qkv.data(), out.data(), offsets.data(), order.data()};
    kernel(operands, 0, int64_t(order.size()) * shape.heads, aligned);
    CHECK(aligned[bytes] == 'x');
  }

  /// The largest difference from softmax(scale Q K^T) V of what is multiplied, in double precision.
  double worst() const {
    double largest = 0;
    for (size_t s = 0; s + 1 < offsets.size(); ++s) {
      for (int64_t head = 0; head < shape.heads; ++head) {
        for (int64_t i = offsets[s]; i < offsets[s + 1]; ++i) {
          largest = std::max(largest, worstOfRow(head, i, offsets[s], offsets[s + 1]));
        }
      }
    }
    return largest;
  }

private:
  /// An element of qkv as it is multiplied.
  double multiplied(int64_t index) const { return shape.bf16 ? static_cast<float>(BF16(qkv[index])) : qkv[index]; }

  double worstOfRow(int64_t head, int64_t i, int64_t from, int64_t to) const {
    int64_t column = head * shape.keySize;
    std::vector<double> weights;
    for (int64_t j = from; j < to; ++j) {
      double sum = 0;
      for (int64_t d = 0; d < shape.keySize; ++d) {
        sum += multiplied(i * shape.ldQ + column + d) * multiplied(j * shape.ldK + shape.kAt + column + d);
      }
      weights.push_back(shape.scale * sum);
    }
    double highest = *std::max_element(weights.begin(), weights.end()), sum = 0, largest = 0;
    for (double &w : weights) {
      sum += w = std::exp(w - highest);
    }
    for (int64_t d = 0; d < shape.keySize; ++d) {
      double wanted = 0;
      for (int64_t j = from; j < to; ++j) {
        wanted += weights[j - from] / sum * multiplied(j * shape.ldV + shape.vAt + column + d);
      }
      float found = out[i * shape.ldOut + column + d];
      largest =
          std::isnan(found) ? std::numeric_limits<double>::infinity() : std::max(largest, std::abs(found - wanted));
    }
    return largest;
  }
};

/// Every CPU with f32 and with bf16 operands.
std::vector<std::pair<TargetCpu, bool>> testedForms() {
  std::vector<std::pair<TargetCpu, bool>> forms;
  for (const TargetCpu &cpu : testedCpus()) {
    forms.emplace_back(cpu, false);
    forms.emplace_back(cpu, true);
  }
  return forms;
}

const std::pair<int, int> shapes[] = {{2, 64}, {3, 26}, {2, 36}, {2, 32}, {1, 128}, {5, 1}, {2, 17}};

} // namespace

TEST_CASE("attention of many shapes and lengths") {
  std::vector<int> lengths;
  for (int length = 1; length <= 70; ++length) {
    lengths.push_back(length);
  }
  lengths.insert(lengths.end(), {96, 97, 111, 127, 128, 129, 130, 512, 513});
  for (auto [cpu, bf16] : testedForms()) {
    for (auto [heads, headSize] : shapes) {
      CAPTURE(cpu.name);
      CAPTURE(bf16);
      CAPTURE(headSize);
      Batch batch(heads, headSize, lengths, bf16);
      CompiledKernels kernels(cpu);
      LoopBuilder builder(kernels.module(), cpu);
      buildAttentionKernel(builder, "attention", batch.shape);
      batch.run(kernels.find("attention"), cpu);
      // bf16: weights lose one part in 512 each where the dot instruction takes them in bf16, and values reach 6.
      CHECK(batch.worst() < (bf16 ? 1.5e-2 : 1e-5));
    }
  }
}

TEST_CASE("a sequence's attention has the same bits alone and in any company, NaN included") {
  for (auto [cpu, bf16] : testedForms()) {
    CAPTURE(cpu.name);
    CAPTURE(bf16);
    Batch batch(2, 26, {9, 33, 1, 64, 16, 5}, bf16);
    CompiledKernels kernels(cpu);
    LoopBuilder builder(kernels.module(), cpu);
    buildAttentionKernel(builder, "attention", batch.shape);
    KernelFunction kernel = kernels.find("attention");
    batch.run(kernel, cpu);
    int64_t wide = batch.shape.ldQ, narrow = batch.shape.ldOut;
    for (size_t s = 0; s + 1 < batch.offsets.size(); ++s) {
      int64_t first = batch.offsets[s], length = batch.offsets[s + 1] - first;
      Batch alone(2, 26, {int(length)}, bf16);
      std::copy_n(&batch.qkv[first * wide], length * wide, alone.qkv.begin());
      alone.run(kernel, cpu);
      CHECK(std::memcmp(alone.out.data(), &batch.out[first * narrow], length * narrow * sizeof(float)) == 0);
      Batch poisoned = batch;
      std::fill(poisoned.qkv.begin(), poisoned.qkv.end(), std::numeric_limits<float>::quiet_NaN());
      std::copy_n(&batch.qkv[first * wide], length * wide, &poisoned.qkv[first * wide]);
      poisoned.run(kernel, cpu);
      CHECK(std::memcmp(&poisoned.out[first * narrow], &batch.out[first * narrow], length * narrow * sizeof(float)) ==
            0);
    }
  }
}

TEST_CASE("a sequence's own NaN is seen, and large scores do not overflow") {
  for (auto [cpu, bf16] : testedForms()) {
    CAPTURE(cpu.name);
    CAPTURE(bf16);
    Batch batch(1, 32, {20}, bf16);
    CompiledKernels kernels(cpu);
    LoopBuilder builder(kernels.module(), cpu);
    buildAttentionKernel(builder, "attention", batch.shape);
    for (float &x : batch.qkv) {
      x *= 20;
    }
    batch.run(kernels.find("attention"), cpu);
    CHECK(batch.worst() < (bf16 ? 0.3 : 2e-2));
    batch.qkv[5 * batch.shape.ldK + batch.shape.kAt] = std::numeric_limits<float>::quiet_NaN();
    batch.run(kernels.find("attention"), cpu);
    CHECK(std::all_of(batch.out.begin(), batch.out.end(), [](float x) { return std::isnan(x); }));
  }
}

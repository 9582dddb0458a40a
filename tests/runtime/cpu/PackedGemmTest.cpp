// Products against naive loops in double, and the promises that hold the cpu backend together: a row's bits depend neither on
// the other rows nor on threads, and in steady state no primitive is created.
#include "runtime/cpu/PackedGemm.h"

#include "runtime/cpu/Quantize.h"
#include "tests/runtime/cpu/TestMatrix.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <doctest/doctest.h>
#include <filesystem>
#include <thread>

using namespace clew;

namespace {

constexpr int64_t kExtents[] = {8, 26, 36, 256, 312, 768, 1200};

/// Weights as the product sees them: rounded to bf16, or quantized.
std::vector<float> effectiveWeights(const TestMatrix &matrix) {
  std::vector<float> result = matrix.weights;
  for (int64_t n = 0; n < matrix.columns; ++n) {
    float *row = result.data() + n * matrix.depth;
    float scale = channelScale(row, matrix.depth);
    for (int64_t k = 0; k < matrix.depth; ++k) {
      row[k] = matrix.dtype == DType::BF16 ? static_cast<float>(BF16(row[k]))
               : matrix.dtype == DType::S8 ? std::nearbyint(row[k] / scale)
                                           : row[k];
    }
  }
  return result;
}

/// One packed product with memory to run it.
struct Bench {
  TestMatrix matrix;
  ProductCache cache;
  PackedGemm gemm;
  PackedConstant packed;
  std::vector<float> bias;

  Bench(DType dtype, int64_t columns, int64_t depth, int threads, Execution execution = {}, int pieces = 1)
      : matrix(dtype, columns, depth, pieces, execution), gemm(matrix.layout(threads), dtype != DType::S8, cache) {
    auto made = matrix.pack(threads);
    REQUIRE(made.has_value());
    packed = *made;
    bias = dtype == DType::S8 ? std::vector<float>() : randomFloats(columns, 3);
  }

  /// y of `rows` rows (bits of f32 or i32), by whole rows or by panels.
  std::vector<int32_t> run(const std::vector<std::byte> &x, int64_t rows, bool byPanels) const {
    std::vector<int32_t> y((rows + 15) / 16 * 16 * matrix.columns, -1);
    std::vector<std::byte> scratch(gemm.scratchBytes(rows) + 64);
    auto *aligned = scratch.data() + (64 - reinterpret_cast<uintptr_t>(scratch.data()) % 64);
    const GemmOperands operands{x.data(), packed.data.get(), bias.empty() ? nullptr : bias.data(), y.data(), rows};
    if (byPanels) {
      for (int panel = 0; panel < gemm.panels(); ++panel) {
        CHECK(gemm.runPanel(panel, operands, aligned).has_value());
      }
    } else {
      CHECK(gemm.run(operands, aligned).has_value());
    }
    y.resize(rows * matrix.columns);
    return y;
  }
};

void checkAgainstLoops(DType dtype, int64_t columns, int64_t depth, int threads, Execution execution) {
  Bench bench(dtype, columns, depth, threads, execution, columns % 3 == 0 ? 3 : 1);
  constexpr int64_t rows = 37;
  TestActivations x(dtype, rows, depth);
  auto weights = effectiveWeights(bench.matrix);
  auto y = bench.run(x.bytes, rows, false);
  int wrong = 0;
  for (int64_t m = 0; m < rows; ++m) {
    for (int64_t n = 0; n < columns; ++n) {
      double sum = bench.bias.empty() ? 0 : bench.bias[n];
      double magnitude = std::abs(sum);
      for (int64_t k = 0; k < depth; ++k) {
        double product = static_cast<double>(x.exact[m * depth + k]) * weights[n * depth + k];
        sum += product;
        magnitude += std::abs(product);
      }
      double found = dtype == DType::S8 ? y[m * columns + n] : std::bit_cast<float>(y[m * columns + n]);
      double tolerance = dtype == DType::S8 ? 0 : magnitude * 1e-6;
      wrong += !(std::abs(found - sum) <= tolerance);
    }
  }
  CHECK_MESSAGE(wrong == 0, nameOf(dtype), " ", columns, " x ", depth, " threads ", threads);
}

int threadsOfProcess() {
  int count = 0;
  for ([[maybe_unused]] const auto &entry : std::filesystem::directory_iterator("/proc/self/task")) {
    ++count;
  }
  return count;
}

} // namespace

TEST_CASE("products agree with naive loops, our own and the library's") {
  struct Choice {
    Execution execution;
    std::vector<DType> dtypes;
  };
  const Choice choices[] = {
      {{Bf16Products::Native, Products::Auto}, {DType::F32, DType::BF16, DType::S8}},
      {{Bf16Products::Widen, Products::Auto}, {DType::BF16}},
      {{Bf16Products::Widen, Products::Library}, {DType::F32, DType::BF16, DType::S8}},
  };
  for (const Choice &choice : choices) {
    for (DType dtype : choice.dtypes) {
      for (int64_t columns : kExtents) {
        for (int64_t depth : kExtents) {
          checkAgainstLoops(dtype, columns, depth, 1, choice.execution);
        }
        checkAgainstLoops(dtype, columns, 312, 2, choice.execution);
        checkAgainstLoops(dtype, columns, 1200, 5, choice.execution);
      }
    }
  }
}

/// Compares runs of one product, cut in every way, with the first.
void checkRowStable(Products products) {
  const Execution execution{Bf16Products::Native, products};
  for (DType dtype : {DType::F32, DType::BF16, DType::S8}) {
    for (auto [columns, depth] : {std::pair<int64_t, int64_t>{768, 768},
                                  {936, 312},
                                  {312, 1200},
                                  {256, 256},
                                  {36, 26},
                                  {33, 64},
                                  {32, 768},
                                  {21, 312},
                                  {1, 64}}) {
      TestActivations x(dtype, 300, depth);
      std::vector<int32_t> expected = Bench(dtype, columns, depth, 1, execution).run(x.bytes, 300, false);
      for (int threads : {1, 2, 3}) {
        Bench bench(dtype, columns, depth, threads, execution);
        for (int64_t rows :
             {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 31, 64, 100, 129, 300}) {
          for (bool byPanels : {false, true}) {
            auto y = bench.run(x.bytes, rows, byPanels);
            bool equal = std::memcmp(y.data(), expected.data(), y.size() * sizeof(int32_t)) == 0;
            if (!equal && !productsAreRowStable(products) && dtype != DType::S8) {
              equal = std::equal(y.begin(), y.end(), expected.begin(), [](int32_t a, int32_t b) {
                return std::abs(std::bit_cast<float>(a) - std::bit_cast<float>(b)) <= 1e-4F;
              });
            }
            CHECK_MESSAGE(equal, nameOf(dtype), " ", columns, " x ", depth, " rows ", rows, " threads ", threads,
                          " panels ", byPanels);
          }
        }
      }
    }
  }
}

TEST_CASE("a row's bits depend neither on the number of rows nor on panels or threads") {
  checkRowStable(Products::Auto);
  checkRowStable(Products::Library);
}

TEST_CASE("scales and column sums are those of the packed weights") {
  TestMatrix matrix(DType::S8, 39, 26, 3);
  std::fill_n(matrix.weights.begin() + 5 * 26, 26, 0.0F); // a channel of zeros
  auto scales = matrix.pack(2, 1);
  auto sums = matrix.pack(2, 2);
  REQUIRE(scales.has_value());
  REQUIRE(sums.has_value());
  for (int64_t n = 0; n < 39; ++n) {
    float most = 0;
    for (int64_t k = 0; k < 26; ++k) {
      most = std::max(most, std::abs(matrix.weights[n * 26 + k]));
    }
    int sum = 0;
    for (int64_t k = 0; k < 26; ++k) {
      sum += most == 0 ? 0 : static_cast<int>(std::nearbyint(matrix.weights[n * 26 + k] / (most / 127)));
    }
    CHECK(static_cast<const float *>(scales->data.get())[n] == most / 127);
    CHECK(static_cast<const int32_t *>(sums->data.get())[n] == sum);
  }
}

TEST_CASE("quantization rounds half to even and survives what is not a number") {
  const float weights[] = {127, 0.5F, 1.5F, 2.5F, -0.5F, -1.5F, -127, std::nanf(""), 1e30F, -126.5F};
  int8_t integers[10];
  quantizeChannel(weights, 10, 1.0F, integers);
  const int8_t expected[] = {127, 0, 2, 2, 0, -2, -127, -127, 127, -126};
  CHECK(std::memcmp(integers, expected, 10) == 0);
  CHECK(channelScale(weights, 7) == 1.0F);
}

TEST_CASE("recurrent weights lie as Program.h says") {
  constexpr int64_t hidden = 37;
  for (DType dtype : {DType::F32, DType::BF16, DType::S8}) {
    TestMatrix matrix(dtype, 4 * hidden, hidden);
    matrix.program.constants[0].kind = ConstantKind::Recurrent;
    matrix.program.constants[0].gates = 4;
    auto packed = matrix.pack(2);
    REQUIRE(packed.has_value());
    auto weights = effectiveWeights(matrix);
    int64_t group = dtype == DType::F32 ? 1 : dtype == DType::BF16 ? 2 : 4;
    int64_t groups = (hidden + group - 1) / group;
    int wrong = 0;
    for (int64_t place = 0; place < 3 * groups * 64 * group; ++place) {
      int64_t k = place / (group * 64) % groups * group + place % group;
      int64_t gate = place / (group * 16) % 4;
      int64_t unit = place / (group * 64 * groups) * 16 + place / group % 16;
      float expected = k < hidden && unit < hidden ? weights[(gate * hidden + unit) * hidden + k] : 0;
      const void *data = packed->data.get();
      float found = dtype == DType::F32    ? static_cast<const float *>(data)[place]
                    : dtype == DType::BF16 ? static_cast<float>(static_cast<const BF16 *>(data)[place])
                                           : static_cast<const int8_t *>(data)[place];
      wrong += found != expected;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("after a warm-up no number of rows creates a primitive, and the library starts no thread") {
  int before = threadsOfProcess();
  for (DType dtype : {DType::F32, DType::BF16, DType::S8}) {
    Bench bench(dtype, 312, 256, 2, {Bf16Products::Auto, Products::Library});
    REQUIRE(bench.gemm.warm(RowLadder::most, RowLadder::most).has_value());
    TestActivations x(dtype, 700, 256);
    int64_t created = onednn::createdPrimitives();
    for (int64_t rows = 1; rows <= 700; rows += rows < 300 ? 1 : 37) {
      bench.run(x.bytes, rows, rows % 2 == 0);
    }
    CHECK(onednn::createdPrimitives() == created);
  }
  // Packing has used our own pool; nothing else may have started threads.
  CHECK(threadsOfProcess() <= before + 1);
}

TEST_CASE("many threads run one product at once") {
  Bench bench(DType::F32, 312, 312, 2);
  TestActivations x(DType::F32, 100, 312);
  auto expected = bench.run(x.bytes, 100, false);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 20; ++round) {
        int64_t rows = 1 + (i * 20 + round) % 100;
        auto y = bench.run(x.bytes, rows, round % 2 == 0);
        wrong += productsAreRowStable(Products::Auto) && std::memcmp(y.data(), expected.data(), y.size() * 4) != 0;
      }
    });
  }
  for (auto &thread : threads) {
    thread.join();
  }
  CHECK(wrong == 0);
}

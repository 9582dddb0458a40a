// Every word of LoopBuilder, compiled and run: values against <cmath> in double precision, tails against bytes beyond them.
#include "compiler/kernel/generate/LoopBuilder.h"
#include "runtime/base/DType.h"
#include "tests/compiler/kernel/CompiledKernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <vector>

using namespace clew;
using namespace clew::compiler;

namespace {

/// Applies `write` to 64 lanes of f32 at operand 0 and stores what it returns at operand 1.
template <typename Out>
std::vector<Out> apply(const TargetCpu &cpu, std::vector<float> in,
                       const std::function<Expr(LoopBuilder &, Expr)> &write) {
  CompiledKernels kernels(cpu);
  LoopBuilder b(kernels.module(), cpu);
  b.kernel("apply", 2, [&](llvm::ArrayRef<Expr> operands, Expr begin, Expr end, Expr) {
    b.loop(begin, end, 64, [&](Expr i) {
      Expr result = write(b, b.loadF32(b.f32At(operands[0], i), 64));
      mlir::Type element = mlir::getElementTypeOrSelf(result.type());
      b.store(result, b.at(operands[1], i, element));
    });
  });
  in.resize((in.size() + 63) / 64 * 64);
  std::vector<Out> out(in.size());
  void *operands[] = {in.data(), out.data()};
  kernels.find("apply")(operands, 0, int64_t(in.size()), nullptr);
  return out;
}

std::vector<float> grid(float from, float to, int count) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i) {
    values.push_back(from + (to - from) * float(i) / float(count - 1));
  }
  return values;
}

double worstRelative(const std::vector<float> &in, const std::vector<float> &out, double (*exact)(double)) {
  double worst = 0;
  for (size_t i = 0; i < in.size(); ++i) {
    double wanted = exact(in[i]);
    worst = std::max(worst, std::abs(out[i] - wanted) / std::max(std::abs(wanted), 1e-37));
  }
  return worst;
}

const float inf = std::numeric_limits<float>::infinity();
const float notANumber = std::numeric_limits<float>::quiet_NaN();

} // namespace

TEST_CASE("functions are as accurate as promised") {
  for (const TargetCpu &cpu : testedCpus()) {
    CAPTURE(cpu.name);
    auto check = [&](float from, float to, double bound, Expr (LoopBuilder::*f)(Expr), double (*exact)(double)) {
      std::vector<float> in = grid(from, to, 20001);
      auto out = apply<float>(cpu, in, [&](LoopBuilder &b, Expr x) { return (b.*f)(x); });
      out.resize(in.size());
      CHECK(worstRelative(in, out, exact) < bound);
    };
    check(-87, 88, 3e-7, &LoopBuilder::exp, [](double x) { return std::exp(x); });
    check(-126, 0, 2e-4, &LoopBuilder::exp2OfNegativeRoughly, [](double x) { return std::exp2(x); });
    check(-126, 0, 2e-7, &LoopBuilder::exp2OfNegative, [](double x) { return std::exp2(x); });
    check(-4, 4, 4e-7, &LoopBuilder::erf, [](double x) { return std::erf(x); });
    check(-9, 9, 4e-7, &LoopBuilder::tanh, [](double x) { return std::tanh(x); });
    check(-80, 80, 4e-7, &LoopBuilder::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); });
    check(1e-3F, 100, 2e-7, &LoopBuilder::rsqrt, [](double x) { return 1 / std::sqrt(x); });
  }
}

TEST_CASE("gelu is as accurate as promised") {
  for (const TargetCpu &cpu : testedCpus()) {
    CAPTURE(cpu.name);
    std::vector<float> in = grid(-12, 12, 200001);
    std::vector<float> small = grid(-0.5F, 0.5F, 20001);
    in.insert(in.end(), small.begin(), small.end());
    auto out = apply<float>(cpu, in, [](LoopBuilder &b, Expr x) { return b.gelu(x); });
    double worst = 0, worstSmall = 0;
    for (size_t i = 0; i < in.size(); ++i) {
      double wanted = 0.5 * in[i] * std::erfc(-double(in[i]) / std::sqrt(2.0));
      worst = std::max(worst, std::abs(out[i] - wanted) / std::max(1.0, double(in[i])));
      if (std::abs(in[i]) < 0.5 && in[i] != 0) {
        worstSmall = std::max(worstSmall, std::abs(out[i] - wanted) / std::abs(wanted));
      }
    }
    CHECK(worst < 2e-7);
    CHECK(worstSmall < 6e-7);
  }
}

TEST_CASE("functions keep NaN and know infinities") {
  for (const TargetCpu &cpu : testedCpus()) {
    CAPTURE(cpu.name);
    std::vector<float> in = {notANumber, -inf, inf, -1000};
    auto e = apply<float>(cpu, in, [](LoopBuilder &b, Expr x) { return b.exp(x); });
    CHECK(std::isnan(e[0]));
    CHECK(e[1] == 0);
    CHECK(e[2] == inf);
    CHECK(e[3] == 0);
    auto n = apply<float>(cpu, in, [](LoopBuilder &b, Expr x) { return b.exp2OfNegative(x); });
    CHECK(std::isnan(n[0]));
    CHECK(n[1] < 2e-38F);
    CHECK(n[3] < 2e-38F);
    auto g = apply<float>(cpu, in, [](LoopBuilder &b, Expr x) { return b.gelu(x); });
    CHECK(std::isnan(g[0]));
    CHECK(g[2] == inf);
    CHECK(std::abs(g[3]) < 2e-7F);
    for (auto f : {&LoopBuilder::erf, &LoopBuilder::tanh}) {
      auto out = apply<float>(cpu, in, [&](LoopBuilder &b, Expr x) { return (b.*f)(x); });
      CHECK(std::isnan(out[0]));
      CHECK(out[1] == -1);
      CHECK(out[2] == 1);
    }
    auto s = apply<float>(cpu, in, [](LoopBuilder &b, Expr x) { return b.sigmoid(x); });
    CHECK(std::isnan(s[0]));
    CHECK(s[1] < 2e-38F);
    CHECK(s[2] == 1);
  }
}

TEST_CASE("bf16 rounds half to even and comes back") {
  for (const TargetCpu &cpu : testedCpus()) {
    CAPTURE(cpu.name);
    std::vector<float> in = {1.0F, 1.00390625F, 1.01171875F, -3.14159F, 65504.0F, inf, -inf, notANumber, 0.0F, -0.0F};
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    while (in.size() < 640) {
      in.push_back(normal(random));
    }
    auto words = apply<uint16_t>(cpu, in, [](LoopBuilder &b, Expr x) { return b.toBf16(x); });
    auto back = apply<float>(cpu, in, [](LoopBuilder &b, Expr x) { return b.fromBf16(b.toBf16(x)); });
    for (size_t i = 0; i < in.size(); ++i) {
      CAPTURE(in[i]);
      if (std::isnan(in[i])) {
        CHECK(std::isnan(back[i]));
      } else {
        CHECK(words[i] == BF16(in[i]).bits);
        CHECK(back[i] == float(BF16(in[i])));
      }
    }
  }
}

TEST_CASE("integers round half to even, and |x| as bits keeps NaN on top") {
  for (const TargetCpu &cpu : testedCpus()) {
    CAPTURE(cpu.name);
    std::vector<float> in = {0.5F, 1.5F, 2.5F, -0.5F, -1.5F, 126.7F, -127.2F, 300.0F};
    auto words = apply<int32_t>(cpu, in, [](LoopBuilder &b, Expr x) { return b.toI32(x); });
    CHECK(std::vector<int32_t>(words.begin(), words.begin() + 8) ==
          std::vector<int32_t>{0, 2, 2, 0, -2, 127, -127, 300});
    auto bytes = apply<uint8_t>(cpu, in, [](LoopBuilder &b, Expr x) { return b.convertInt(b.toI32(x) + 128, 8); });
    CHECK(bytes[5] == 255);
    CHECK(bytes[6] == 1);
    auto largest = [](LoopBuilder &b, Expr x) {
      return b.splat(b.bitcast(b.reduceMax(b.absBits(x)), b.f32Type()), 64);
    };
    CHECK(apply<float>(cpu, in, largest)[0] == 300);
    in[3] = notANumber;
    CHECK(std::isnan(apply<float>(cpu, in, largest)[0]));
  }
}

TEST_CASE("reductions, slices and joins") {
  for (const TargetCpu &cpu : testedCpus()) {
    CAPTURE(cpu.name);
    std::vector<float> in(64);
    float sum = 0;
    for (int i = 0; i < 64; ++i) {
      in[i] = float(i * i % 61) - 20;
      sum += in[i];
    }
    CHECK(apply<float>(cpu, in, [](LoopBuilder &b, Expr x) { return b.splat(b.reduceAdd(x), 64); })[7] == sum);
    CHECK(apply<float>(cpu, in, [](LoopBuilder &b, Expr x) { return b.splat(b.reduceMax(x), 64); })[7] ==
          *std::max_element(in.begin(), in.end()));
    auto turned =
        apply<float>(cpu, in, [](LoopBuilder &b, Expr x) { return b.join(b.slice(x, 32, 32), b.slice(x, 0, 32)); });
    CHECK(turned[0] == in[32]);
    CHECK(turned[63] == in[31]);
  }
}

TEST_CASE("packed products are exact") {
  for (const TargetCpu &cpu : testedCpus()) {
    CAPTURE(cpu.name);
    CompiledKernels kernels(cpu);
    LoopBuilder b(kernels.module(), cpu);
    b.kernel("dots", 4, [&](llvm::ArrayRef<Expr> operands, Expr, Expr, Expr) {
      mlir::Type words = LoopBuilder::vectorOf(b.intType(32), 32);
      Expr x = b.load(operands[0], words), y = b.load(operands[1], words);
      b.store(b.dotU8S8(x, y, b.constant(words, 5)), operands[2]);
      b.store(b.dotBf16(x, y, b.f32(5, 32)), operands[3]);
    });
    std::vector<uint8_t> x(128);
    std::vector<int8_t> y(128);
    std::mt19937 random(1);
    for (int i = 0; i < 128; ++i) {
      x[i] = i < 4 ? 255 : uint8_t(random());
      y[i] = i < 4 ? -128 : int8_t(random());
    }
    std::vector<int32_t> integers(32);
    std::vector<float> floats(32), fx(64), fy(64);
    void *operands[] = {x.data(), y.data(), integers.data(), floats.data()};
    kernels.find("dots")(operands, 0, 0, nullptr);
    for (int i = 0; i < 32; ++i) {
      int32_t sum = 5;
      for (int j = 0; j < 4; ++j) {
        sum += x[4 * i + j] * y[4 * i + j];
      }
      CHECK(integers[i] == sum);
    }
    std::vector<BF16> bx(64), by(64);
    for (int i = 0; i < 64; ++i) {
      bx[i] = BF16(float(i) / 8 - 3);
      by[i] = BF16(float(i * 7 % 32) / 4 - 3);
    }
    operands[0] = bx.data();
    operands[1] = by.data();
    kernels.find("dots")(operands, 0, 0, nullptr);
    for (int i = 0; i < 32; ++i) {
      CHECK(floats[i] == 5 + float(bx[2 * i]) * float(by[2 * i]) + float(bx[2 * i + 1]) * float(by[2 * i + 1]));
    }
  }
}

TEST_CASE("tails leave what is beyond them alone, loops carry, branches choose") {
  for (const TargetCpu &cpu : testedCpus()) {
    CAPTURE(cpu.name);
    CompiledKernels kernels(cpu);
    LoopBuilder b(kernels.module(), cpu);
    b.kernel("tails", 4, [&](llvm::ArrayRef<Expr> operands, Expr begin, Expr end, Expr) {
      Expr fixed = b.load(operands[0], LoopBuilder::vectorOf(b.f32Type(), 32), 26);
      b.store(fixed + 1.0, operands[1], 26);
      Expr mask = b.firstLanes(end, 32);
      b.store(b.load(operands[0], fixed.type(), mask) * 2.0, operands[2], mask);
      Exprs sums = b.loop(begin, end, 1, {b.f32(0), b.i64(0)}, [&](Expr i, llvm::ArrayRef<Expr> carried) {
        return Exprs{carried[0] + b.load(b.f32At(operands[0], i), b.f32Type()), carried[1] + i};
      });
      b.ifElse(sums[1] > 10, [&] { b.store(sums[0], operands[3]); }, [&] { b.store(b.f32(-1), operands[3]); });
      Exprs chosen = b.choose(sums[1] > 10, [&] { return Exprs{b.f32(1)}; }, [&] { return Exprs{b.f32(2)}; });
      b.store(chosen[0], b.f32At(operands[3], b.i64(1)));
    });
    std::vector<float> in(32), one(33, 9.0F), two(33, 9.0F), sums(2);
    for (int i = 0; i < 32; ++i) {
      in[i] = float(i);
    }
    void *operands[] = {in.data(), one.data(), two.data(), sums.data()};
    kernels.find("tails")(operands, 0, 7, nullptr);
    for (int i = 0; i < 33; ++i) {
      CHECK(one[i] == (i < 26 ? float(i) + 1 : 9));
      CHECK(two[i] == (i < 7 ? 2 * float(i) : 9));
    }
    CHECK(sums[0] == 21);
    CHECK(sums[1] == 1);
    kernels.find("tails")(operands, 0, 4, nullptr);
    CHECK(sums[0] == -1);
    CHECK(sums[1] == 2);
  }
}

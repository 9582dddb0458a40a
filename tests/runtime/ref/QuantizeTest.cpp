// cast, quantize, dequantize, and an s8 product put together from them.
#include "tests/runtime/ref/RefCase.h"

#include <limits>

using namespace clew;
using namespace clew::test;

namespace {
constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
} // namespace

TEST_CASE("cast rounds to the nearest bf16, ties to even, and comes back exactly") {
  const double step = 1.0 / 128; // of bf16 in 1..2
  Tensor x = f32(1, 5, {1 + step / 2, 1 + 3 * step / 2, 1 + step / 2 + step / 1024, -3, notANumber}),
         h(DType::BF16, 1, 5), y = f32(1, 5);
  REQUIRE(run("cast", {&x}, {&h}).ok());
  REQUIRE(run("cast", {&h}, {&y}).ok());
  checkValues(y, {1, 1 + 2 * step, 1 + step, -3, notANumber}, 0);
}

TEST_CASE("quantize is symmetric, per row, half to even") {
  // Row 0: scale 1, so that halves are ties. Row 1: scale 2/127.
  Tensor x = f32(2, 4, {127, 0.5, 1.5, -2.5, 2, -2, 1, 0}), q(DType::S8, 2, 4), scale = f32(2, 1);
  REQUIRE(run("quantize", {&x}, {&q, &scale}).ok());
  checkValues(q, {127, 0, 2, -2, 127, -127, 64, 0}, 0); // 1 / (2/127) = 63.5
  checkValues(scale, {1, 2.0 / 127}, 1e-8);
  CHECK_FALSE(run("quantize", {&x}, {&q}).ok());
}

TEST_CASE("quantize keeps zeros, denormals and what is not a number in their rows") {
  const double tiny = std::numeric_limits<float>::denorm_min();
  Tensor x = f32(5, 2, {0, 0, 1, notANumber, infinity, 1, tiny, -tiny, 3, -3}), q(DType::S8, 5, 2), scale = f32(5, 1);
  REQUIRE(run("quantize", {&x}, {&q, &scale}).ok());
  checkValues(q, {0, 0, 0, 0, 0, 0, 0, 0, 127, -127}, 0);
  checkValues(scale, {0, notANumber, notANumber, 0, 3.0 / 127}, 1e-8);
}

TEST_CASE("dequantize brings both scales back") {
  Tensor acc(DType::I32, 2, 3, {1, 2, 3, 10, 20, 30}), rows = f32(2, 1, {0.5, notANumber}),
                                                       columns = f32(3, 1, {1, 2, 4}), y = f32(2, 3);
  REQUIRE(run("dequantize", {&acc, &rows, &columns}, {&y}).ok());
  checkValues(y, {0.5, 2, 6, notANumber, notANumber, notANumber}, 0);
  CHECK_FALSE(run("dequantize", {&acc, &columns, &rows}, {&y}).ok());
}

TEST_CASE("an s8 product is near the f32 product") {
  const int64_t rows = 4, inner = 64, width = 8;
  Tensor x = f32(rows, inner, noise(rows * inner, 1)), w = f32(width, inner, noise(width * inner, 2)),
         exact = f32(rows, width);
  Tensor qx(DType::S8, rows, inner), sx = f32(rows, 1), qw(DType::S8, width, inner), sw = f32(width, 1);
  Tensor acc(DType::I32, rows, width), y = f32(rows, width);
  REQUIRE(run("linear", {&x, &w}, {&exact}).ok());
  REQUIRE(run("quantize", {&x}, {&qx, &sx}).ok());
  REQUIRE(run("quantize", {&w}, {&qw, &sw}).ok());
  REQUIRE(run("linear", {&qx, &qw}, {&acc}).ok());
  REQUIRE(run("dequantize", {&acc, &sx, &sw}, {&y}).ok());
  // Each factor errs by at most half a step of 1/127; 64 products of values up to 1.
  checkValues(y, exact.values(), 64 * 2 * 0.5 / 127 * 1.01);
  CHECK(y.values() != exact.values());
}

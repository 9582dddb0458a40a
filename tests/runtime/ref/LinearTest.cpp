// linear: worked by hand in every element type.
#include "tests/runtime/ref/RefCase.h"

using namespace clew;
using namespace clew::test;

TEST_CASE("linear multiplies with the transposed weight and adds the bias") {
  // x = [1 2; 3 4], W = [1 0; 0 1; 1 -1] (3 outputs), b = [10 20 30]
  for (RefCompute compute : {RefCompute::F64, RefCompute::F32}) {
    Tensor x = f32(2, 2, {1, 2, 3, 4}), w = f32(3, 2, {1, 0, 0, 1, 1, -1}), b = f32(1, 3, {10, 20, 30}), y = f32(2, 3);
    REQUIRE(run("linear", {&x, &w, &b}, {&y}, {}, compute).ok());
    checkValues(y, {11, 22, 29, 13, 24, 29}, 0);
    REQUIRE(run("linear", {&x, &w}, {&y}, {}, compute).ok());
    checkValues(y, {1, 2, -1, 3, 4, -1}, 0);
  }
}

TEST_CASE("linear works on more rows than its block, each row alone") {
  const int64_t rows = 130, inner = 5, width = 3;
  Tensor x = f32(rows, inner, noise(rows * inner, 1)), w = f32(width, inner, noise(width * inner, 2)),
         y = f32(rows, width);
  REQUIRE(run("linear", {&x, &w}, {&y}).ok());
  for (int64_t row : {0, 63, 64, 129}) {
    const auto values = x.values();
    Tensor one = f32(1, inner, {values.begin() + row * inner, values.begin() + (row + 1) * inner}),
           alone = f32(1, width);
    REQUIRE(run("linear", {&one, &w}, {&alone}).ok());
    for (int64_t n = 0; n < width; ++n) {
      CHECK(alone.at(0, n) == y.at(row, n));
    }
  }
}

TEST_CASE("linear of bf16 operands is exact in its products") {
  // 1 + 2^-7 is the successor of 1 in bf16; its square 1 + 2^-6 + 2^-14 needs f32.
  const double next = 1 + 1.0 / 128;
  Tensor x(DType::BF16, 1, 1, {next}), w(DType::BF16, 1, 1, {next}), y = f32(1, 1);
  REQUIRE(run("linear", {&x, &w}, {&y}).ok());
  checkValues(y, {1 + 1.0 / 64 + 1.0 / 16384}, 0);
}

TEST_CASE("linear of s8 operands gives exact i32 sums") {
  const int64_t inner = 3000; // 3000 * 127 * 127 = 48387000 is beyond f32's whole numbers
  Tensor x(DType::S8, 1, inner, std::vector<double>(inner, 127)),
      w(DType::S8, 2, inner, std::vector<double>(2 * inner, 127));
  static_cast<int8_t *>(w.view().data)[0] = 126; // one less: 48386873, odd
  Tensor y(DType::I32, 1, 2);
  REQUIRE(run("linear", {&x, &w}, {&y}, {}, RefCompute::F32).ok());
  checkValues(y, {48386873, 48387000}, 0);
}

TEST_CASE("linear refuses what does not fit") {
  Tensor x = f32(2, 2, {1, 2, 3, 4}), w = f32(3, 2), wide = f32(3, 4), b = f32(1, 2), y = f32(2, 3), flat = f32(2, 2);
  Tensor s8(DType::S8, 3, 2);
  CHECK(run("linear", {&x, &wide}, {&y}).message() == "linear: the weight must have as many columns as x");
  CHECK(run("linear", {&x, &w}, {&flat}).message().find("result") != std::string::npos);
  CHECK(run("linear", {&x, &w, &b}, {&y}).message().find("bias") != std::string::npos);
  CHECK(run("linear", {&x, &s8}, {&y}).message().find("one element type") != std::string::npos);
  CHECK(run("linear", {&x}, {&y}).message().find("operands") != std::string::npos);
  CHECK(run("linear", {&x, &w}, {nullptr}).message().find("results") != std::string::npos);
}

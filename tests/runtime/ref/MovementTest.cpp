// embedding, positions, sinusoids, row, slice, concat, first: what goes where.
#include "tests/runtime/ref/RefCase.h"

#include <cmath>
#include <numeric>

using namespace clew;
using namespace clew::test;

TEST_CASE("embedding looks rows up") {
  Tensor ids = i32({2, 0, 2}), table = f32(3, 2, {1, 2, 3, 4, 5, 6}), y = f32(3, 2);
  REQUIRE(run("embedding", {&ids, &table}, {&y}).ok());
  checkValues(y, {5, 6, 1, 2, 5, 6}, 0);
  for (double bad : {-1.0, 3.0}) {
    Tensor wrong = i32({0, bad, 1});
    CHECK(run("embedding", {&wrong, &table}, {&y}).message().find("is not in a table of 3 rows") != std::string::npos);
  }
}

TEST_CASE("positions count inside each sequence") {
  Tensor offsets = i32({0, 3, 4, 6}), y(DType::I32, 6, 1);
  REQUIRE(run("positions", {&offsets}, {&y}).ok());
  checkValues(y, {0, 1, 2, 0, 0, 1}, 0);
  Tensor five(DType::I32, 5, 1);
  CHECK_FALSE(run("positions", {&offsets}, {&five}).ok());
}

TEST_CASE("sinusoids: sines then cosines, or by turns") {
  // Two waves of rates 1 and 1/100, at 3, 2, 1.
  Tensor y = f32(3, 4);
  REQUIRE(run("sinusoids", {}, {&y}, {{"from", 3}, {"step", -1}}).ok());
  checkValues(y, {std::sin(3), std::sin(0.03), std::cos(3), std::cos(0.03), std::sin(2), std::sin(0.02), std::cos(2),
                  std::cos(0.02), std::sin(1), std::sin(0.01), std::cos(1), std::cos(0.01)});
  Tensor turns = f32(1, 4), odd = f32(1, 3);
  REQUIRE(run("sinusoids", {}, {&turns}, {{"from", 2}, {"interleaved", 1}}).ok());
  checkValues(turns, {std::sin(2), std::cos(2), std::sin(0.02), std::cos(0.02)});
  CHECK(run("sinusoids", {}, {&odd}).message().find("even") != std::string::npos);
  CHECK_FALSE(run("sinusoids", {}, {&y}, {{"step", 0.5}}).ok());
}

TEST_CASE("row takes one row of a table") {
  Tensor table = f32(3, 2, {1, 2, 3, 4, 5, 6}), y = f32(1, 2), wide = f32(1, 3);
  REQUIRE(run("row", {&table}, {&y}, {{"index", 2}}).ok());
  checkValues(y, {5, 6}, 0);
  CHECK_FALSE(run("row", {&table}, {&y}, {{"index", 3}}).ok());
  CHECK_FALSE(run("row", {&table}, {&wide}).ok());
}

TEST_CASE("slice takes columns of any element type") {
  for (DType dtype : {DType::F32, DType::BF16, DType::S8, DType::I32, DType::F64}) {
    Tensor x(dtype, 2, 4, {1, 2, 3, 4, 5, 6, 7, 8}), y(dtype, 2, 2);
    REQUIRE(run("slice", {&x}, {&y}, {{"begin", 1}}).ok());
    checkValues(y, {2, 3, 6, 7}, 0);
    CHECK_FALSE(run("slice", {&x}, {&y}, {{"begin", 3}}).ok());
    CHECK_FALSE(run("slice", {&x}, {&y}, {{"begin", -1}}).ok());
    CHECK_FALSE(run("slice", {&x}, {&y}, {{"begin", 0.5}}).ok());
  }
}

TEST_CASE("concat joins columns, or rows") {
  Tensor x = f32(2, 2, {1, 2, 3, 4}), y = f32(2, 1, {5, 6}), wide = f32(2, 3), z = f32(1, 2, {7, 8}), tall = f32(3, 2);
  REQUIRE(run("concat", {&x, &y}, {&wide}).ok());
  checkValues(wide, {1, 2, 5, 3, 4, 6}, 0);
  REQUIRE(run("concat", {&x, &z}, {&tall}, {{"axis", 0}}).ok());
  checkValues(tall, {1, 2, 3, 4, 7, 8}, 0);
  Tensor four = f32(2, 4);
  REQUIRE(run("concat", {&y, &x, &y}, {&four}).ok());
  checkValues(four, {5, 1, 2, 5, 6, 3, 4, 6}, 0);
  CHECK_FALSE(run("concat", {&x, &z}, {&wide}).ok());
  CHECK_FALSE(run("concat", {&x, &y}, {&four}).ok());
  CHECK_FALSE(run("concat", {&x, &y}, {&tall}, {{"axis", 0}}).ok());
}

TEST_CASE("first takes each sequence's first token") {
  Tensor x = f32(4, 2, {1, 2, 3, 4, 5, 6, 7, 8}), offsets = i32({0, 3, 4}), y = f32(2, 2);
  REQUIRE(run("first", {&x, &offsets}, {&y}).ok());
  checkValues(y, {1, 2, 7, 8}, 0);
  Tensor empty = i32({0, 4, 4});
  CHECK(run("first", {&x, &empty}, {&y}).message().find("empty") != std::string::npos);
}

TEST_CASE("window puts neighbours of one sequence side by side, zeros beyond its ends") {
  Tensor x = f32(5, 2, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), offsets = i32({0, 2, 2, 5}), y = f32(5, 6);
  REQUIRE(run("window", {&x, &offsets}, {&y}, {{"size", 3}, {"before", 1}}).ok());
  checkValues(y, {0, 0, 1, 2, 3, 4, 1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 8, 5, 6, 7, 8, 9, 10, 7, 8, 9, 10, 0, 0});
  Tensor ahead = f32(5, 4);
  REQUIRE(run("window", {&x, &offsets}, {&ahead}, {{"size", 2}}).ok());
  checkValues(ahead, {1, 2, 3, 4, 3, 4, 0, 0, 5, 6, 7, 8, 7, 8, 9, 10, 9, 10, 0, 0});
  Tensor whole = f32(5, 6);
  REQUIRE(run("window", {&x, &offsets}, {&whole}, {{"size", 3}, {"before", 1}, {"whole", 1}}).ok());
  checkValues(whole, {1, 2, 3, 4, 0, 0, 1, 2, 3, 4, 0, 0, 5, 6, 7, 8, 9, 10, 5, 6, 7, 8, 9, 10, 5, 6, 7, 8, 9, 10});
  REQUIRE(run("window", {&x, &offsets}, {&ahead}, {{"size", 2}, {"whole", 1}}).ok());
  checkValues(ahead, {1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 7, 8, 9, 10, 7, 8, 9, 10});
  CHECK_FALSE(run("window", {&x, &offsets}, {&y}, {{"size", 2}}).ok());
  CHECK_FALSE(run("window", {&x, &offsets}, {&y}, {{"size", 0}}).ok());
}

TEST_CASE("gather takes rows by their numbers, also twice") {
  Tensor x = f32(3, 2, {1, 2, 3, 4, 5, 6}), rows = i32({2, 0, 2, 1}), y = f32(4, 2);
  REQUIRE(run("gather", {&x, &rows}, {&y}).ok());
  checkValues(y, {5, 6, 1, 2, 5, 6, 3, 4});
  Tensor beyond = i32({0, 1, 3, 0}), before = i32({0, 1, -1, 0}), few = i32({0, 1});
  CHECK(run("gather", {&x, &beyond}, {&y}).message().find("row 3 is none of the 3 of x") != std::string::npos);
  CHECK(run("gather", {&x, &before}, {&y}).message().find("row -1 is none") != std::string::npos);
  CHECK(run("gather", {&x, &few}, {&y}).message().find("a row for each") != std::string::npos);
}

TEST_CASE("buckets of distances are those of T5's published code") {
  const auto bucketsOf = [](int64_t count, int64_t furthest, bool causal) {
    std::vector<double> numbers(static_cast<size_t>(count));
    std::iota(numbers.begin(), numbers.end(), 0);
    Tensor x = f32(count, 1, numbers), y = f32(2 * furthest + 1, 1);
    REQUIRE(
        run("buckets", {&x}, {&y}, {{"furthest", static_cast<double>(furthest)}, {"causal", causal ? 1.0 : 0.0}}).ok());
    return y.values();
  };
  // What Transformers 5.24's T5Attention._relative_position_bucket gives, of -20 to 20.
  CHECK(bucketsOf(12, 20, false) == std::vector<double>{5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  4,  4,  4,  4,
                                                        4,  3,  3,  3,  2,  1,  0,  7,  8,  9,  9,  9,  10, 10,
                                                        10, 10, 10, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11});
  std::vector<double> before{7, 7, 7, 7, 7, 7, 7, 6, 6, 6, 6, 6, 5, 5, 5, 4, 4, 3, 2, 1};
  before.resize(41, 0);
  CHECK(bucketsOf(8, 20, true) == before);
  const std::vector<double> usual = bucketsOf(32, 128, false); // where each bucket of distances above 0 begins
  const int begins[] = {1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91};
  for (int i = 0; i < 15; ++i) {
    CHECK(usual[static_cast<size_t>(128 + begins[i])] == 17 + i);
    CHECK(usual[static_cast<size_t>(128 - begins[i])] == 1 + i);
    CHECK(usual[static_cast<size_t>(128 + begins[i] - 1)] == (i == 0 ? 0 : 16 + i));
  }
  CHECK(usual.front() == 15);
  CHECK(usual.back() == 31);
  Tensor x = f32(32, 1), y = f32(17, 1);
  CHECK_FALSE(run("buckets", {&x}, {&y}, {{"furthest", 8}}).ok());
}

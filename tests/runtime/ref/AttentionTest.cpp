// attention: worked cases, and the properties that packing must have.
#include "tests/runtime/ref/RefCase.h"

#include <cmath>
#include <limits>

using namespace clew;
using namespace clew::test;

namespace {

std::vector<double> rowsOf(const Tensor &tensor, int64_t begin, int64_t end) {
  const auto values = tensor.values();
  return {values.begin() + begin * tensor.columns, values.begin() + end * tensor.columns};
}

} // namespace

TEST_CASE("attention of one token is its value") {
  Tensor q = f32(2, 4, noise(8, 1)), k = f32(2, 4, noise(8, 2)), v = f32(2, 4, noise(8, 3)), y = f32(2, 4),
         offsets = i32({0, 1, 2});
  REQUIRE(run("attention", {&q, &k, &v, &offsets}, {&y}, {{"heads", 2}}).ok());
  checkValues(y, v.values(), 1e-7);
}

TEST_CASE("attention of two tokens, worked by hand") {
  // One head of width 1, scale 1. Token 0: q 1; keys 0 and ln 3: scores 0, ln 3: weights 1/4, 3/4. Token 1: q 0: weights 1/2, 1/2.
  const double ln3 = std::log(3.0);
  // A second sequence of three tokens makes the scores three columns wide.
  Tensor q = f32(5, 1, {1, 0, 0, 0, 0}), k = f32(5, 1, {0, ln3, 0, 0, 0}), v = f32(5, 1, {8, 4, 1, 1, 1});
  Tensor offsets = i32({0, 2, 5}), y = f32(5, 1), scores = f32(5, 3), lse = f32(5, 1);
  REQUIRE(run("attention", {&q, &k, &v, &offsets}, {&y, &scores, &lse}, {{"heads", 1}}, RefCompute::F64).ok());
  checkValues(y, {5, 6, 1, 1, 1});
  checkValues(scores,
              {0, ln3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}); // the third column lies beyond the first sequence
  checkValues(lse, {std::log(4.0), std::log(2.0), ln3, ln3, ln3});
  REQUIRE(run("attention", {&q, &k, &v, &offsets}, {&y, nullptr, &lse}, {{"heads", 1}, {"scale", 2}}).ok());
  checkValues(y, {(8 + 9 * 4) / 10.0, 6, 1, 1, 1}); // scores 0 and ln 9
  checkValues(lse, {std::log(10.0), std::log(2.0), ln3, ln3, ln3});
}

TEST_CASE("the default scale is one over the root of a head's width") {
  Tensor q = f32(2, 4, {4, 0, 0, 0, 0, 0, 0, 0}), k = f32(2, 4, {0, 0, 0, 0, 1, 0, 0, 0}),
         v = f32(2, 4, {0, 0, 0, 0, 1, 1, 1, 1});
  Tensor y = f32(2, 4), offsets = i32({0, 2});
  REQUIRE(run("attention", {&q, &k, &v, &offsets}, {&y}, {{"heads", 1}}).ok()); // scores 0 and 4/2
  CHECK(y.at(0, 0) == doctest::Approx(1 / (1 + std::exp(-2.0))));
}

TEST_CASE("heads see their own columns only") {
  Tensor q = f32(2, 2, {1, 7, 0, 7}), k = f32(2, 2, {0, 1, std::log(3.0), 1}), v = f32(2, 2, {8, 2, 4, 4}),
         y = f32(2, 2);
  Tensor offsets = i32({0, 2});
  REQUIRE(run("attention", {&q, &k, &v, &offsets}, {&y}, {{"heads", 2}}).ok());
  checkValues(y, {5, 3, 6, 3}); // the second head's keys are equal: the mean
}

TEST_CASE("packed sequences give the bits of each one alone, and a NaN stays in its sequence") {
  const int64_t hidden = 6;
  std::vector<double> values = noise(7 * hidden, 5);
  Tensor q = f32(7, hidden, values), k = f32(7, hidden, noise(7 * hidden, 6)), v = f32(7, hidden, noise(7 * hidden, 7));
  Tensor offsets = i32({0, 3, 4, 7}), y = f32(7, hidden);
  REQUIRE(run("attention", {&q, &k, &v, &offsets}, {&y}, {{"heads", 3}}).ok());
  for (auto [begin, end] : {std::pair<int64_t, int64_t>{0, 3}, {3, 4}, {4, 7}}) {
    const int64_t n = end - begin;
    Tensor q1 = f32(n, hidden, rowsOf(q, begin, end)), k1 = f32(n, hidden, rowsOf(k, begin, end));
    Tensor v1 = f32(n, hidden, rowsOf(v, begin, end)), y1 = f32(n, hidden), o1 = i32({0, static_cast<double>(n)});
    REQUIRE(run("attention", {&q1, &k1, &v1, &o1}, {&y1}, {{"heads", 3}}).ok());
    CHECK(y1.values() == rowsOf(y, begin, end));
  }
  for (Tensor *broken : {&q, &k, &v}) {
    Tensor before = y;
    const Tensor kept = *broken;
    static_cast<float *>(broken->view().data)[3 * hidden] = std::numeric_limits<float>::quiet_NaN();
    REQUIRE(run("attention", {&q, &k, &v, &offsets}, {&y}, {{"heads", 3}}).ok());
    CHECK(std::isnan(y.at(3, 0)));
    CHECK(rowsOf(y, 0, 3) == rowsOf(before, 0, 3));
    CHECK(rowsOf(y, 4, 7) == rowsOf(before, 4, 7));
    *broken = kept;
    y = before;
  }
}

TEST_CASE("relative positions: a row for each distance, the ends for all beyond") {
  // One head of width 1; all q are 1 and all k 0, so that scores are the table's: distances -1, 0 and 1 have 0, ln 2 and ln 3.
  const double ln2 = std::log(2.0), ln3 = std::log(3.0);
  Tensor q = f32(3, 1, {1, 1, 1}), k = f32(3, 1, {0, 0, 0}), v = f32(3, 1, {6, 12, 24}), offsets = i32({0, 3});
  Tensor keys = f32(3, 1, {0, ln2, ln3}), y = f32(3, 1), scores = f32(3, 3);
  REQUIRE(run("attention", {&q, &k, &v, &offsets, &keys}, {&y, &scores}, {{"heads", 1}, {"relative", 1}}).ok());
  checkValues(scores, {ln2, ln3, ln3, 0, ln2, ln3, 0, 0, ln2}); // two further away is as one
  checkValues(y, {(2 * 6 + 3 * 12 + 3 * 24) / 8.0, (6 + 2 * 12 + 3 * 24) / 6.0, (6 + 12 + 2 * 24) / 4.0});
  // Values too, and queries of their own that are 0: weights are equal, and each value gains its distance's row.
  Tensor values = f32(3, 1, {-3, 0, 30}), none = f32(3, 1, {0, 0, 0});
  REQUIRE(run("attention", {&q, &k, &v, &offsets, &keys, &values, &none}, {&y}, {{"heads", 1}, {"relative", 7}}).ok());
  checkValues(y, {(42 + 60) / 3.0, (42 + 27) / 3.0, (42 - 6) / 3.0});
  Tensor even = f32(2, 1, {0, 1});
  CHECK(run("attention", {&q, &k, &v, &offsets, &even}, {&y}, {{"heads", 1}, {"relative", 1}}).message().find("odd") !=
        std::string::npos);
  CHECK_FALSE(run("attention", {&q, &k, &v, &offsets, &keys}, {&y}, {{"heads", 1}, {"relative", 3}}).ok());
  CHECK_FALSE(run("attention", {&q, &k, &v, &offsets, &none}, {&y}, {{"heads", 1}, {"relative", 4}}).ok());
}

TEST_CASE("segments: a key for tokens of one and a key for tokens of two; biases are added as they are") {
  // One head of width 1; all q are 1 and all k 0. Tokens 0 and 2 are of one segment: same gives 2, another 3, times the scale 1/2.
  Tensor q = f32(3, 1, {1, 1, 2}), k = f32(3, 1, {0, 0, 0}), v = f32(3, 1, {6, 12, 24}), offsets = i32({0, 3});
  Tensor segments = i32({4, 0, 4}), keys = f32(2, 1, {2, 3}), y = f32(3, 1), scores = f32(3, 3);
  REQUIRE(run("attention", {&q, &k, &v, &offsets, &segments, &keys}, {&y, &scores},
              {{"heads", 1}, {"scale", 0.5}, {"segments", 1}})
              .ok());
  checkValues(scores, {1, 1.5, 1, 1.5, 1, 1.5, 2, 3, 2});
  Tensor own = f32(3, 1, {0, 2, 4}); // queries of their own
  REQUIRE(run("attention", {&q, &k, &v, &offsets, &segments, &keys, &own}, {&y, &scores},
              {{"heads", 1}, {"scale", 0.5}, {"segments", 3}})
              .ok());
  checkValues(scores, {0, 0, 0, 3, 2, 3, 4, 6, 4});
  Tensor biases = f32(3, 1, {10, 20, 30}); // of the distances -1, 0 and 1
  REQUIRE(run("attention", {&q, &k, &v, &offsets, &biases, &segments, &keys}, {&y, &scores},
              {{"heads", 1}, {"scale", 0.5}, {"relative", 8}, {"segments", 1}})
              .ok());
  checkValues(scores, {21, 31.5, 31, 11.5, 21, 31.5, 12, 13, 22});
  Tensor three = f32(3, 1, {0, 0, 0}), few = i32({0, 1}), wide = f32(3, 2);
  const auto refused = [&](std::initializer_list<Tensor *> operands, double relative, double segmented) {
    return run("attention", operands, {&y}, {{"heads", 1}, {"relative", relative}, {"segments", segmented}}).message();
  };
  CHECK(refused({&q, &k, &v, &offsets, &segments, &three}, 0, 1).find("segment keys must be two rows") !=
        std::string::npos);
  CHECK(refused({&q, &k, &v, &offsets, &few, &keys}, 0, 1).find("an i32 for each token") != std::string::npos);
  CHECK(refused({&q, &k, &v, &offsets, &segments, &keys, &keys}, 0, 3).find("segment q must have") !=
        std::string::npos);
  CHECK(refused({&q, &k, &v, &offsets, &own}, 0, 2).find("segment q need segments") != std::string::npos);
  CHECK(refused({&q, &k, &v, &offsets, &segments}, 0, 1).find("must say which operands") != std::string::npos);
  CHECK(refused({&q, &k, &v, &offsets, &wide}, 8, 0).find("a column for each head") != std::string::npos);
}

TEST_CASE("attention refuses what does not fit") {
  Tensor q = f32(2, 4), y = f32(2, 4), offsets = i32({0, 2}), shortOffsets = i32({0, 1}), falling = i32({0, 3, 2}),
         scores = f32(2, 3);
  CHECK(run("attention", {&q, &q, &q, &offsets}, {&y}).message().find("heads") != std::string::npos);
  CHECK(run("attention", {&q, &q, &q, &offsets}, {&y}, {{"heads", 3}}).message().find("multiple") != std::string::npos);
  CHECK(run("attention", {&q, &q, &q, &shortOffsets}, {&y}, {{"heads", 1}}).message().find("offsets") !=
        std::string::npos);
  CHECK(run("attention", {&q, &q, &q, &falling}, {&y}, {{"heads", 1}}).message().find("offsets") != std::string::npos);
  CHECK(run("attention", {&q, &q, &q, &offsets}, {&y, &scores}, {{"heads", 1}}).message().find("scores") !=
        std::string::npos);
}

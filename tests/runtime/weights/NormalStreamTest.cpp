// The random numbers that weights are made of: the published generator, the right distribution, and the same bits for
// ever.
#include "runtime/weights/NormalStream.h"

#include <bit>
#include <cmath>
#include <doctest/doctest.h>
#include <vector>

using namespace clew;

static std::vector<float> drawn(const NormalStream &stream, int64_t begin, size_t count) {
  std::vector<float> values(count);
  stream.fill(begin, values, 0.0F, 1.0F);
  return values;
}

TEST_CASE("Philox4x32-10 gives its authors' known answers") {
  auto check = [](PhiloxBlock counter, uint64_t key, PhiloxBlock answer) {
    PhiloxBlock block = philox(counter, key);
    for (int word = 0; word < 4; ++word) {
      CHECK(block.words[word] == answer.words[word]);
    }
  };
  check({{0, 0, 0, 0}}, 0, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}});
  check({{~0U, ~0U, ~0U, ~0U}}, ~uint64_t{0}, {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}});
  check({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0x299f31d0a4093822,
        {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}});
}

TEST_CASE("the bits never change") {
  NormalStream stream(42, "layer.0.query.weight");
  uint64_t hash = 0xcbf29ce484222325;
  for (float value : drawn(stream, 0, 100000)) {
    hash = (hash ^ std::bit_cast<uint32_t>(value)) * 0x100000001b3;
  }
  CHECK(hash == 11517035548542848723U);
}

TEST_CASE("normals are what Box and Muller's formula says, to single precision") {
  constexpr uint64_t keyOfX = (0xcbf29ce484222325 ^ uint64_t{'x'}) * 0x100000001b3;
  constexpr uint64_t seed = 0x123456789abcdef0;
  std::vector<float> values = drawn(NormalStream(seed, "x"), 0, 1 << 16);
  double worst = 0;
  for (size_t e = 0; e < values.size(); ++e) {
    size_t which = e / 16 % 4;
    auto block = static_cast<uint32_t>(e / 64 * 16 + e % 16);
    PhiloxBlock words = philox({{block, 0, static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)}}, keyOfX);
    double u = (words.words[which & 2] / 256 + 1) * 0x1p-24;
    double turn = words.words[(which & 2) + 1] / 256 * 0x1p-24 * 2 * 3.14159265358979323846;
    double expected = std::sqrt(-2 * std::log(u)) * (which % 2 == 0 ? std::cos(turn) : std::sin(turn));
    worst = std::max(worst, std::abs(expected - static_cast<double>(values[e])));
  }
  CHECK(worst < 1e-6);
}

TEST_CASE("moments, tails and neighbours are those of independent normals") {
  constexpr size_t count = 1 << 20;
  std::vector<float> values = drawn(NormalStream(1, "moments"), 0, count);
  double sums[5] = {};
  double neighbours = 0;
  double beyondTwo = 0;
  for (size_t i = 0; i < count; ++i) {
    double x = values[i];
    sums[1] += x;
    sums[2] += x * x;
    sums[3] += x * x * x;
    sums[4] += x * x * x * x;
    neighbours += x * static_cast<double>(values[(i + 16) % count]); // the two normals of a pair, as a rule
    beyondTwo += std::abs(x) > 2;
  }
  double n = count;
  CHECK(std::abs(sums[1] / n) < 5 / std::sqrt(n));
  CHECK(std::abs(sums[2] / n - 1) < 5 * std::sqrt(2 / n));
  CHECK(std::abs(sums[3] / n) < 5 * std::sqrt(15 / n));
  CHECK(std::abs(sums[4] / n - 3) < 5 * std::sqrt(96 / n));
  CHECK(std::abs(neighbours / n) < 5 / std::sqrt(n));
  CHECK(std::abs(beyondTwo / n - 0.0455) < 0.001);
}

TEST_CASE("any stretch can be drawn alone; seeds and names give other streams") {
  NormalStream stream(5, "a");
  std::vector<float> whole = drawn(stream, 0, 1000);
  for (size_t begin : {0, 1, 63, 64, 65, 500}) {
    for (size_t count : {1, 2, 63, 64, 128, 200}) {
      CHECK(drawn(stream, static_cast<int64_t>(begin), count) ==
            std::vector<float>(whole.begin() + static_cast<ptrdiff_t>(begin),
                               whole.begin() + static_cast<ptrdiff_t>(begin + count)));
    }
  }
  CHECK(drawn(NormalStream(6, "a"), 0, 1000) != whole);
  CHECK(drawn(NormalStream(5, "b"), 0, 1000) != whole);
}

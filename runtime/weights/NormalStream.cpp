// Sixteen blocks side by side, in loops that compilers turn into vector code. This file must be compiled with
// -ffp-contract=off (CMakeLists.txt does): a fused multiply-add would change last bits from machine to machine.
#include "runtime/weights/NormalStream.h"

#include "runtime/base/Philox.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace clew {
namespace {

constexpr int lanes = 16;
constexpr int perGroup = 4 * lanes; ///< normals from sixteen blocks

struct Words {
  alignas(64) uint32_t lane[4][lanes];
};

void rounds(Words &x, uint64_t key) {
  philoxRounds(x.lane, static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32));
}

/// ln u for u in [2^-24, 1]: exponent apart, ln m = 2 artanh s with s = (m - 1) / (m + 1), |s| < 0.172, as its series.
inline float logOf(float u) {
  auto bits = std::bit_cast<uint32_t>(u);
  uint32_t shifted = bits - 0x3f3504f3; // so that m is in [sqrt 1/2, sqrt 2)
  auto exponent = static_cast<float>(static_cast<int32_t>(shifted) >> 23);
  auto m = std::bit_cast<float>((shifted & 0x007fffff) + 0x3f3504f3);
  float s = (m - 1.0F) / (m + 1.0F);
  float s2 = s * s;
  float series = 1.0F + s2 * (1.0F / 3 + s2 * (1.0F / 5 + s2 * (1.0F / 7 + s2 * (1.0F / 9))));
  return exponent * 0.693147182F + 2.0F * s * series;
}

/// One pair of normals from two words.
inline void boxMuller(uint32_t word0, uint32_t word1, float &first, float &second) {
  float u = (static_cast<float>(static_cast<int32_t>(word0 >> 8)) + 1.0F) * 0x1p-24F;
  float radius = std::sqrt(-2.0F * logOf(u));
  // The turn: nearest quarter and the rest of it, in units of 2^-24, |rest| <= 2^21.
  auto turn = static_cast<int32_t>(word1 >> 8);
  int32_t quarter = (turn + (1 << 21)) >> 22;
  float x = static_cast<float>(turn - (quarter << 22)) * (0x1p-24F * 6.28318548F);
  float x2 = x * x;
  float sine = x * (1.0F + x2 * (-1.0F / 6 + x2 * (1.0F / 120 + x2 * (-1.0F / 5040 + x2 * (1.0F / 362880)))));
  float cosine =
      1.0F + x2 * (-0.5F + x2 * (1.0F / 24 + x2 * (-1.0F / 720 + x2 * (1.0F / 40320 - x2 * (1.0F / 3628800)))));
  // Quarter turns: swap for odd ones, then signs. cos: + - - +, sin: + + - -.
  uint32_t odd = 0U - static_cast<uint32_t>(quarter & 1);
  auto sineBits = std::bit_cast<uint32_t>(sine);
  auto cosineBits = std::bit_cast<uint32_t>(cosine);
  uint32_t cosineSign = static_cast<uint32_t>((quarter + 1) & 2) << 30;
  uint32_t sineSign = static_cast<uint32_t>(quarter & 2) << 30;
  first = radius * std::bit_cast<float>(((sineBits & odd) | (cosineBits & ~odd)) ^ cosineSign);
  second = radius * std::bit_cast<float>(((cosineBits & odd) | (sineBits & ~odd)) ^ sineSign);
}

/// The 64 normals of one group of blocks.
void fillGroup(uint64_t group, uint64_t seed, uint64_t key, float *out, float mean, float deviation) {
  Words x;
  for (int i = 0; i < lanes; ++i) {
    uint64_t block = group * lanes + static_cast<uint64_t>(i);
    x.lane[0][i] = static_cast<uint32_t>(block);
    x.lane[1][i] = static_cast<uint32_t>(block >> 32);
    x.lane[2][i] = static_cast<uint32_t>(seed);
    x.lane[3][i] = static_cast<uint32_t>(seed >> 32);
  }
  rounds(x, key);
  for (int pair = 0; pair < 4; pair += 2) {
    for (int i = 0; i < lanes; ++i) {
      float first = 0;
      float second = 0;
      boxMuller(x.lane[pair][i], x.lane[pair + 1][i], first, second);
      out[pair * lanes + i] = mean + deviation * first;
      out[(pair + 1) * lanes + i] = mean + deviation * second;
    }
  }
}

uint64_t hashOf(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char byte : name) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  return hash;
}

} // namespace

NormalStream::NormalStream(uint64_t seed, std::string_view name) : seed(seed), key(hashOf(name)) {}

void NormalStream::fill(int64_t begin, std::span<float> out, float mean, float deviation) const {
  size_t done = 0;
  while (done < out.size()) {
    uint64_t element = static_cast<uint64_t>(begin) + done;
    size_t skip = element % perGroup;
    size_t count = std::min(out.size() - done, perGroup - skip);
    if (count == perGroup) {
      fillGroup(element / perGroup, seed, key, out.data() + done, mean, deviation);
    } else {
      alignas(64) float group[perGroup];
      fillGroup(element / perGroup, seed, key, group, mean, deviation);
      std::copy_n(group + skip, count, out.data() + done);
    }
    done += count;
  }
}

PhiloxBlock philox(const PhiloxBlock &counter, uint64_t key) {
  Words x;
  for (int word = 0; word < 4; ++word) {
    std::fill_n(x.lane[word], lanes, counter.words[word]);
  }
  rounds(x, key);
  return {{x.lane[0][0], x.lane[1][0], x.lane[2][0], x.lane[3][0]}};
}

} // namespace clew

// RandomBits: random bits as a function of what they are for: the seed of a run, its step, the place in a graph, the element's index. No
// state, so that neither threads nor the order of work change them. Philox4x32-10, J. K. Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011, section 3.3.
#pragma once

#include <array>
#include <cstdint>

namespace clew {

/// Seed and step, each as its lower and upper 32 bits: what nn.random holds.
using RandomState = std::array<uint32_t, 4>;

constexpr RandomState randomState(uint64_t seed, uint64_t step) {
  return {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32), static_cast<uint32_t>(step),
          static_cast<uint32_t>(step >> 32)};
}

/// Four words of 32 bits for block number `block` of a site.
constexpr std::array<uint32_t, 4> randomBlock(const RandomState &state, uint32_t site, uint64_t block) {
  // The step is under 2^32 in any run that ends; its upper half is folded into the key with the site.
  std::array<uint32_t, 4> x = {static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), state[2], site};
  uint32_t key0 = state[0];
  uint32_t key1 = state[1] ^ (state[3] * 0x9E3779B9U);
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53U} * x[0];
    const uint64_t b = uint64_t{0xCD9E8D57U} * x[2];
    x = {static_cast<uint32_t>(b >> 32) ^ x[1] ^ key0, static_cast<uint32_t>(b),
         static_cast<uint32_t>(a >> 32) ^ x[3] ^ key1, static_cast<uint32_t>(a)};
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
  return x;
}

/// Word number `index` of a site.
constexpr uint32_t randomWord(const RandomState &state, uint32_t site, uint64_t index) {
  return randomBlock(state, site, index / 4)[index % 4];
}

/// Words below it make an event of probability `rate`.
constexpr uint32_t randomThreshold(double rate) { return static_cast<uint32_t>(rate * 4294967296.0); }

} // namespace clew

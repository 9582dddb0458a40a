// RandomBits: random bits as a function of what they are for: the seed of a run, its step, the place in a graph, the element's index. No
// state, so that neither threads nor the order of work change them. Philox.h has the bits.
#pragma once

#include "runtime/base/Philox.h"

#include <array>
#include <cstdint>

namespace clew {

/// Seed and step, each as its lower and upper 32 bits: what nn.random holds.
using RandomState = std::array<uint32_t, 4>;

constexpr RandomState randomState(uint64_t seed, uint64_t step) {
  return {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32), static_cast<uint32_t>(step),
          static_cast<uint32_t>(step >> 32)};
}

/// Four words of 32 bits for each of the blocks `first`, first + 1, ... of a site: word w of block first + i is words[w][i].
template <size_t blocks>
[[gnu::always_inline]] constexpr void randomBlocks(const RandomState &state, uint32_t site, uint64_t first,
                                                   uint32_t (&words)[4][blocks]) {
  // The step is under 2^32 in any run that ends; its upper half is folded into the key with the site.
  for (size_t i = 0; i < blocks; ++i) {
    words[0][i] = static_cast<uint32_t>(first + i);
    words[1][i] = static_cast<uint32_t>((first + i) >> 32);
    words[2][i] = state[2];
    words[3][i] = site;
  }
  philoxRounds(words, state[0], state[1] ^ (state[3] * 0x9E3779B9U));
}

/// Word number `index` of a site.
constexpr uint32_t randomWord(const RandomState &state, uint32_t site, uint64_t index) {
  uint32_t words[4][1] = {};
  randomBlocks(state, site, index / 4, words);
  return words[index % 4][0];
}

/// Words below it make an event of probability `rate`.
constexpr uint32_t randomThreshold(double rate) { return static_cast<uint32_t>(rate * 4294967296.0); }

} // namespace clew

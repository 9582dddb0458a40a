// Philox4x32-10, J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 3.3: random bits as a function of
// a counter and a key, without state.
#pragma once

#include <cstddef>
#include <cstdint>

namespace clew {

/// Ten rounds on the counters of `lanes` blocks side by side: word w of block i is x[w][i]. A loop over lanes that compilers turn into
/// vector code.
template <size_t lanes>
[[gnu::always_inline]] constexpr void philoxRounds(uint32_t (&x)[4][lanes], uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    for (size_t i = 0; i < lanes; ++i) {
      const uint64_t product0 = uint64_t{0xD2511F53} * x[0][i];
      const uint64_t product1 = uint64_t{0xCD9E8D57} * x[2][i];
      x[0][i] = static_cast<uint32_t>(product1 >> 32) ^ x[1][i] ^ key0;
      x[1][i] = static_cast<uint32_t>(product1);
      x[2][i] = static_cast<uint32_t>(product0 >> 32) ^ x[3][i] ^ key1;
      x[3][i] = static_cast<uint32_t>(product0);
    }
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
}

} // namespace clew

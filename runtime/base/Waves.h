// Waves: the tables of sines and cosines that say where tokens stand (arXiv:1706.03762 section 3.5).
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

namespace clew {

/// The row of `position`: for each k < width / 2 the sine and the cosine of position 10000^(-2k / width): all sines, then all cosines, or by
/// turns if `interleaved`. The width is even.
inline void fillWaves(int64_t position, bool interleaved, std::span<double> row) {
  const size_t waves = row.size() / 2;
  for (size_t wave = 0; wave < waves; ++wave) {
    const double rate = std::pow(10000.0, -static_cast<double>(wave) / static_cast<double>(waves));
    const double angle = static_cast<double>(position) * rate;
    row[interleaved ? 2 * wave : wave] = std::sin(angle);
    row[interleaved ? 2 * wave + 1 : waves + wave] = std::cos(angle);
  }
}

} // namespace clew

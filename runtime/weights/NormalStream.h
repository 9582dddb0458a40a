// NormalStream: pseudo-random normal numbers that are the same for ever, on every machine. Random weights, and the
// golden outputs computed with them, are named by a seed alone; that is worth something only while the bits never
// change.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace clew {

/// An endless sequence of N(0, 1) numbers, a function of (seed, name) alone. Reading needs no state: any stretch can be
/// computed by any thread.
///
/// Bits: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011) with the key = FNV-1a
/// hash of the name (64 bits, low word first) and the counter = (number of the block, seed), each low word first. A
/// block gives four words and so four normals. Blocks are taken sixteen at a time: element e of the sequence is
/// normal (e / 16) % 4 of block (e / 64) * 16 + e % 16. Normals: Box-Muller in binary32, words (0, 1) give normals 0
/// and 1, words (2, 3) give 2 and 3:
///   u = (word0 / 256 + 1) / 2^24,  t = word1 / 256 / 2^24,  sqrt(-2 ln u) cos(2 pi t)  and  sqrt(-2 ln u) sin(2 pi t).
/// ln, cos and sin are the series written out in NormalStream.cpp, evaluated without fused multiply-add; only +, -,
/// *, / and sqrt are used, which IEEE 754 defines to the last bit. The largest magnitude is 5.77.
class NormalStream {
public:
  NormalStream(uint64_t seed, std::string_view name);

  /// Writes elements `begin`, begin + 1, ... of the sequence, each as mean + deviation * normal.
  void fill(int64_t begin, std::span<float> out, float mean, float deviation) const;

private:
  uint64_t seed;
  uint64_t key;
};

/// The four words of one Philox4x32-10 block; for tests against the authors' published answers.
struct PhiloxBlock {
  uint32_t words[4];
};
PhiloxBlock philox(const PhiloxBlock &counter, uint64_t key);

} // namespace clew

// Tiles of up to 6 rows by 2 vectors of 8 columns: 12 sums and what they are made of fill the 16 registers.
#include "runtime/cpu/Tile.h"

#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace clew {

#if defined(__x86_64__)
namespace {

// The functions below are compiled for these instructions wherever the rest is compiled for fewer.
#define CLEW_AVX2 __attribute__((target("avx2,fma")))

constexpr int kRows = 6;
constexpr int kVectors = 2;
constexpr int kLanes = 8;
constexpr int64_t kDepth = 384; ///< 24 KB
static_assert(kVectors * kLanes == kTileUnit);

/// Lanes of `bits` from kLanes * vector on, as vmaskmov reads them: by sign.
CLEW_AVX2 __m256i maskOf(uint16_t bits, int vector) {
  const __m256i lanes = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  const __m256i all = _mm256_set1_epi32(bits >> (kLanes * vector));
  return _mm256_cmpeq_epi32(_mm256_and_si256(all, lanes), lanes);
}

template <int rows> CLEW_AVX2 void runTile(const Tile &tile) {
  const bool whole = tile.last == 0xffff;
  __m256i masks[kVectors];
  __m256 sums[rows][kVectors];
#pragma GCC unroll 2
  for (int v = 0; v < kVectors; ++v) {
    masks[v] = maskOf(tile.last, v);
    __m256 start = tile.bias ? _mm256_maskload_ps(tile.bias + kLanes * v, masks[v]) : _mm256_setzero_ps();
#pragma GCC unroll 6
    for (int r = 0; r < rows; ++r) {
      sums[r][v] = tile.first ? start : _mm256_maskload_ps(tile.y + r * tile.yStride + kLanes * v, masks[v]);
    }
  }
  const float *x = tile.x;
  const float *weights = tile.weights;
  const int64_t xStride = tile.xStride;
  uintptr_t fetch = tile.fetch;
  const uintptr_t fetchStep = tile.fetchStep;
  for (int64_t k = tile.depth; k > 0; --k) {
    _mm_prefetch(reinterpret_cast<const char *>(fetch), _MM_HINT_T0);
    __m256 w[kVectors] = {_mm256_loadu_ps(weights), _mm256_loadu_ps(weights + kLanes)};
#pragma GCC unroll 6
    for (int r = 0; r < rows; ++r) {
      __m256 all = _mm256_broadcast_ss(x + r * xStride);
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) {
        sums[r][v] = _mm256_fmadd_ps(all, w[v], sums[r][v]);
      }
    }
    fetch += fetchStep;
    weights += kTileUnit;
    ++x;
  }
#pragma GCC unroll 6
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      float *y = tile.y + r * tile.yStride + kLanes * v;
      if (whole) { // a masked store is slow where it is microcoded
        _mm256_storeu_ps(y, sums[r][v]);
      } else {
        _mm256_maskstore_ps(y, masks[v], sums[r][v]);
      }
    }
  }
}

constexpr TileKernels kTiles = []<int... r>(std::integer_sequence<int, r...>) {
  return TileKernels{kRows, 1, kDepth, {{{{runTile<r + 1>}}...}}};
}(std::make_integer_sequence<int, kRows>());

} // namespace

const TileKernels &avx2Tiles() { return kTiles; }
#else
const TileKernels &avx2Tiles() {
  static constexpr TileKernels none;
  return none;
}
#endif

} // namespace clew

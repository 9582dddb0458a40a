// Tiles of up to 8 rows by 3 vectors of 16 columns: 24 sums in registers, which cover the latency of two multiply-adds a cycle.
#include "runtime/cpu/Tile.h"

#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace clew {

#if defined(__x86_64__)
namespace {

// The functions below are compiled for these instructions wherever the rest is compiled for fewer.
#define CLEW_AVX512 __attribute__((target("avx512f")))
#define CLEW_INLINE_AVX512 __attribute__((target("avx512f"), always_inline)) static inline

constexpr int kRows = 8;
constexpr int kVectors = 3;
constexpr int64_t kDepth = 256; ///< 48 KB

struct MultiplyF32 {
  CLEW_INLINE_AVX512 void into(__m512 &sum, __m512 x, __m512 w) { sum = _mm512_fmadd_ps(x, w, sum); }
};

/// vdpbf16ps and vpdpbusd, spelled out because their intrinsics would ask for BF16 and VNNI in all of this file.
struct MultiplyBF16 {
  CLEW_INLINE_AVX512 void into(__m512 &sum, __m512 x, __m512 w) {
    asm("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(x), "v"(w));
  }
};

struct MultiplyU8S8 {
  CLEW_INLINE_AVX512 void into(__m512 &sum, __m512 x, __m512 w) {
    asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(w));
  }
};

template <typename Multiply, int rows, int vectors>
CLEW_INLINE_AVX512 void addWord(__m512 (&sums)[rows][vectors], const float *x, int64_t xStride, const float *weights) {
  __m512 w[vectors];
#pragma GCC unroll 4
  for (int v = 0; v < vectors; ++v) {
    w[v] = _mm512_loadu_ps(weights + 16 * v);
  }
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
    __m512 all = _mm512_set1_ps(x[r * xStride]);
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      Multiply::into(sums[r][v], all, w[v]);
    }
  }
}

template <typename Multiply, int rows, int vectors> CLEW_AVX512 void runTile(const Tile &tile) {
  __m512 sums[rows][vectors];
  __mmask16 masks[vectors];
#pragma GCC unroll 4
  for (int v = 0; v < vectors; ++v) {
    masks[v] = v + 1 < vectors ? 0xffff : tile.last;
    __m512 start = tile.bias ? _mm512_maskz_loadu_ps(masks[v], tile.bias + 16 * v) : _mm512_setzero_ps();
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      sums[r][v] = tile.first ? start : _mm512_maskz_loadu_ps(masks[v], tile.y + r * tile.yStride + 16 * v);
    }
  }
  const float *x = tile.x;
  const float *weights = tile.weights;
  const int64_t xStride = tile.xStride;
  uintptr_t fetch = tile.fetch;
  const uintptr_t fetchStep = tile.fetchStep;
  for (int64_t k = tile.depth; k > 0; --k) {
    _mm_prefetch(reinterpret_cast<const char *>(fetch), _MM_HINT_T0);
    addWord<Multiply, rows, vectors>(sums, x, xStride, weights);
    fetch += fetchStep;
    weights += kVectors * kTileUnit;
    ++x;
  }
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      _mm512_mask_storeu_ps(tile.y + r * tile.yStride + 16 * v, masks[v], sums[r][v]);
    }
  }
}

template <typename Multiply>
constexpr TileKernels kTiles = []<int... r>(std::integer_sequence<int, r...>) {
  return TileKernels{kRows,
                     kVectors,
                     kDepth,
                     {{{{runTile<Multiply, r + 1, 1>, runTile<Multiply, r + 1, 2>, runTile<Multiply, r + 1, 3>}}...}}};
}(std::make_integer_sequence<int, kRows>());

} // namespace

const TileKernels &avx512Tiles(DType weights) {
  return weights == DType::F32    ? kTiles<MultiplyF32>
         : weights == DType::BF16 ? kTiles<MultiplyBF16>
                                  : kTiles<MultiplyU8S8>;
}
#else
const TileKernels &avx512Tiles(DType) {
  static constexpr TileKernels none;
  return none;
}
#endif

} // namespace clew

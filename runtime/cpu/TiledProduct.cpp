// A tile is up to 8 rows by 3 vectors of columns: 24 sums in registers, which cover the latency of two multiply-adds a cycle. It
// runs over a part of the depth that leaves its weights (48 KB) in or next to L1, for all rows one tile after the other; sums wait
// in y between parts. f32 and 4 x 8 bits are both words of 4 bytes, so that one loop serves both.
#include "runtime/cpu/TiledProduct.h"

#include "runtime/cpu/CpuFeatures.h"

#include <algorithm>
#include <array>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace clew {

bool hasTiledProduct(DType weights, int64_t depth) {
  bool able = weights == DType::F32 ? cpuHas("avx512f")
              : weights == DType::S8
                  ? cpuHas("avx512f") && cpuHas("avx512vnni") && !cpuHas("amx-int8") && depth % 4 == 0
                  : false;
  return able && onednn::supportedLayout(weights, kTileColumns).block == kTileColumns;
}

#if defined(__x86_64__)
namespace {

// The functions below are compiled for these instructions wherever the rest is compiled for fewer.
#define CLEW_AVX512 __attribute__((target("avx512f")))
#define CLEW_INLINE_AVX512 __attribute__((target("avx512f"), always_inline)) static inline

constexpr int kRows = 8;
constexpr int kVectors = 3;
constexpr int64_t kDepthAtOnce = 256; ///< words

/// One tile over one part of the depth. Strides and depth in words.
struct Tile {
  const float *x;
  int64_t xStride;
  const float *weights; ///< [depth][kTileColumns]
  int64_t depth;
  float *y;
  int64_t yStride;
  const float *bias; ///< null: none
  bool first;        ///< sums begin with the bias, not with y
  uint16_t last;     ///< columns of the last vector, as bits
  uintptr_t fetch;   ///< what to bring into L1 meanwhile, `fetchStep` bytes at each word of the depth
  uintptr_t fetchStep;
};

struct MultiplyF32 {
  CLEW_INLINE_AVX512 void into(__m512 &sum, __m512 x, __m512 w) { sum = _mm512_fmadd_ps(x, w, sum); }
};

/// vpdpbusd, spelled out because its intrinsic would ask for VNNI in all of this file.
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
    weights += kTileColumns;
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

using RunTile = void (*)(const Tile &);

/// By rows - 1, then vectors - 1.
template <typename Multiply>
constexpr auto kTiles = []<int... r>(std::integer_sequence<int, r...>) {
  return std::array<std::array<RunTile, kVectors>, kRows>{
      {{{runTile<Multiply, r + 1, 1>, runTile<Multiply, r + 1, 2>, runTile<Multiply, r + 1, 3>}}...}};
}(std::make_integer_sequence<int, kRows>());

} // namespace

void TiledProduct::run(int64_t rows, int64_t begin, int64_t end) const {
  const auto &tiles = weights == DType::S8 ? kTiles<MultiplyU8S8> : kTiles<MultiplyF32>;
  const int64_t words = weights == DType::S8 ? depth / 4 : depth;
  const int64_t blockWords = (words + 15) / 16 * 16 * kTileColumns;
  // The next part, three lines a word, is fetched by few tiles quickly or by many slowly.
  const int64_t count = (rows + kRows - 1) / kRows;
  const uintptr_t fetchStep = count >= 12 ? 16 : count >= 6 ? 32 : 64;
  for (int64_t column = begin; column < end;) {
    const int64_t inBlock = column % kTileColumns;
    const int64_t width = std::min(kTileColumns - inBlock, end - column);
    const int64_t vectors = (width + 15) / 16;
    const auto last = static_cast<uint16_t>((1U << (width - 16 * (vectors - 1))) - 1);
    const float *block = reinterpret_cast<const float *>(packed) + column / kTileColumns * blockWords + inBlock;
    for (int64_t k = 0; k < words; k += kDepthAtOnce) {
      const int64_t part = std::min(kDepthAtOnce, words - k);
      auto fetch = reinterpret_cast<uintptr_t>(block + (k + part) * kTileColumns);
      for (int64_t row = 0; row < rows; row += kRows) {
        const int64_t height = std::min<int64_t>(kRows, rows - row);
        Tile tile{static_cast<const float *>(x) + row * words + k,
                  words,
                  block + k * kTileColumns,
                  part,
                  static_cast<float *>(y) + row * columns + column,
                  columns,
                  bias ? bias + column : nullptr,
                  k == 0,
                  last,
                  fetch,
                  fetchStep};
        tiles[height - 1][vectors - 1](tile);
        fetch += fetchStep * part;
      }
    }
    column += width;
  }
}
#else
void TiledProduct::run(int64_t, int64_t, int64_t) const {}
#endif

} // namespace clew

// A part of the depth is as deep as leaves its weights in or next to L1; all rows run over it one tile after the other, and sums
// wait in y between parts.
#include "runtime/cpu/TiledProduct.h"

#include "runtime/base/Rounding.h"
#include "runtime/cpu/CpuFeatures.h"
#include "runtime/cpu/Tile.h"

#include <algorithm>

namespace clew {
namespace {

bool hasAvx512Tiles(DType weights) {
  static const bool floats = cpuHas("avx512f");
  // AMX does many times more.
  static const bool halves = floats && cpuHas("avx512bf16") && !cpuHas("amx-bf16");
  static const bool bytes = floats && cpuHas("avx512vnni") && !cpuHas("amx-int8");
  return weights == DType::F32 ? floats : weights == DType::BF16 ? halves : bytes;
}

const TileKernels &tilesFor(DType weights) { return hasAvx512Tiles(weights) ? avx512Tiles(weights) : avx2Tiles(); }

/// Elements of a word.
int64_t perWord(DType weights) { return 4 / static_cast<int64_t>(bytesOf(weights)); }

} // namespace

int64_t tiledColumns(DType weights, int64_t depth) {
  if (hasAvx512Tiles(weights)) {
    const int64_t block = kTileUnit * avx512Tiles(weights).units;
    return depth % perWord(weights) == 0 ? onednn::supportedLayout(weights, block).block : 0;
  }
  return weights == DType::F32 && cpuHas("avx2") && cpuHas("fma") ? kTileUnit * avx2Tiles().units : 0;
}

void TiledProduct::run(int64_t rows, int64_t begin, int64_t end) const {
  const TileKernels &tiles = tilesFor(weights);
  const int64_t words = depth / perWord(weights);
  const int64_t blockColumns = kTileUnit * tiles.units;
  const int64_t blockWords = (words + 15) / 16 * 16 * blockColumns;
  const int64_t parts = ceilDiv(words, tiles.depth);
  const int64_t count = ceilDiv(rows, tiles.rows);
  // The next part, a line or three a word, is fetched by few tiles quickly or by many slowly.
  const int64_t perTile = blockColumns * 4 / count;
  const uintptr_t fetchStep = perTile <= 16 ? 16 : perTile <= 32 ? 32 : 64;
  for (int64_t column = begin; column < end;) {
    const int64_t inBlock = column % blockColumns;
    const int64_t width = std::min(blockColumns - inBlock, end - column);
    const int64_t units = ceilDiv(width, kTileUnit);
    const auto last = static_cast<uint16_t>((1U << (width - kTileUnit * (units - 1))) - 1);
    const float *block = reinterpret_cast<const float *>(packed) + column / blockColumns * blockWords + inBlock;
    for (int64_t k = 0, partsLeft = parts; partsLeft > 0; --partsLeft) {
      const int64_t part = ceilDiv(words - k, partsLeft);
      auto fetch = reinterpret_cast<uintptr_t>(block + (k + part) * blockColumns);
      for (int64_t row = 0, left = count; left > 0; --left) {
        const int64_t height = ceilDiv(rows - row, left);
        Tile tile{static_cast<const float *>(x) + row * words + k,
                  words,
                  block + k * blockColumns,
                  part,
                  static_cast<float *>(y) + row * columns + column,
                  columns,
                  bias ? bias + column : nullptr,
                  k == 0 && !onto,
                  last,
                  fetch,
                  fetchStep};
        tiles.run[height - 1][units - 1](tile);
        fetch += fetchStep * part;
        row += height;
      }
      k += part;
    }
    column += width;
  }
}

} // namespace clew

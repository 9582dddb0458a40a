// Tile: what TiledProduct is made of. A tile holds a few rows by a few vectors of columns of the result in registers and runs over a
// part of the depth. One f32, two bf16 and four bytes are all words of 4 bytes, so that one description serves all.
#pragma once

#include "runtime/cpu/TiledProduct.h"

#include <array>
#include <cstdint>

namespace clew {

/// One tile over one part of the depth. Strides and depth in words.
struct Tile {
  const float *x;
  int64_t xStride;
  const float *weights; ///< [depth][columns of the widest tile]
  int64_t depth;
  float *y;
  int64_t yStride;
  const float *bias; ///< null: none
  bool first;        ///< sums begin with the bias, not with y
  uint16_t last;     ///< columns of the last vector of kTileUnit, as bits
  uintptr_t fetch;   ///< what to bring into L1 meanwhile, `fetchStep` bytes at each word of the depth
  uintptr_t fetchStep;
};

using RunTile = void (*)(const Tile &);

/// The tiles of one instruction set and type.
struct TileKernels {
  static constexpr int mostRows = 8, mostUnits = 3;
  int rows = 0;      ///< of the tallest tile
  int units = 0;     ///< of the widest tile and of a block of weights, in kTileUnit columns
  int64_t depth = 0; ///< words whose weights of a block stay in L1
  std::array<std::array<RunTile, mostUnits>, mostRows> run{}; ///< by rows - 1, then units - 1
};

/// By the type of the weights: f32, bf16 (x bf16 -> f32), s8 (x u8 -> i32). Only for CPUs that have the instructions.
const TileKernels &avx512Tiles(DType weights);
/// f32 only.
const TileKernels &avx2Tiles();

} // namespace clew

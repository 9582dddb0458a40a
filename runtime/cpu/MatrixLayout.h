// MatrixLayout: how a Matmul constant lies in memory and which arithmetic multiplies it: one decision, taken alike by the
// packer that writes constants and by the executor that reads them.
#pragma once

#include "runtime/base/DType.h"
#include "runtime/cpu/OneDnn.h"
#include "runtime/program/Program.h"

#include <cstdint>
#include <vector>

namespace clew {

/// Which product computes a Matmul of some element type on this CPU.
enum class Arithmetic : uint8_t {
  F32,  ///< f32 x f32
  BF16, ///< bf16 x bf16 with dot instructions
  /// bf16 activations, widened to f32, times weights rounded to bf16 and kept as f32. A product of two bf16 is exact in f32, so
  /// this differs from BF16 in the order of summation only.
  WidenedBF16,
  S8, ///< u8 x s8 -> i32 with dot instructions
  /// The same integers carried by f32: exact, because sums over at most kExactDepth products stay below 2^24; the sums are
  /// added as integers. For CPUs whose u8 x s8 instructions saturate.
  WidenedS8,
};

/// Products of u8 and s8 that f32 adds without rounding: 512 * 255 * 127 < 2^24.
inline constexpr int64_t kExactDepth = 512;

/// Whether bf16 dot instructions beat f32 here. Measured: on Intel's AVX512_BF16 without AMX, vdpbf16ps reaches half the speed
/// of f32 FMA, on AMD's Zen 4 twice. So Auto means: AMD with AVX512_BF16, or any CPU with AMX-BF16.
bool nativeBf16Dot(Bf16Products choice);

/// Whether this CPU and the library multiply bf16 by dot instructions at all: what Bf16Products::Native needs.
bool canMultiplyBf16();

/// Whether a row's bits never depend on the rows beside it. True for our own products and for the library's kernels for blocked
/// weights (AVX-512); with the library's gemm (AVX2, Products::Library) they change with the number of rows, within rounding.
bool productsAreRowStable(Products choice);

/// The arithmetic for a Matmul whose weights the Program calls `dtype` (F32, BF16 or S8; others are programmer errors).
Arithmetic arithmeticFor(DType dtype, Bf16Products choice);

/// "bf16", or "bf16 widened to f32".
std::string_view nameOf(Arithmetic arithmetic);

/// A packed matrix of N = `columns` output columns and K = `depth`, cut into panels that threads may share when there are few
/// rows: of whole column blocks, or, if it is tiled, of whole vectors.
struct MatrixLayout {
  Arithmetic arithmetic = Arithmetic::F32;
  int64_t columns = 0;
  int64_t depth = 0;
  onednn::WeightLayout weights;
  bool tiled = false;        ///< multiplied by TiledProduct, not by the library
  std::vector<int64_t> cuts; ///< first column of each panel, then `columns`

  /// For a Matmul constant of the Program; chosen so that `threads` panels are as equal as possible. Few columns of bf16 are widened, so that
  /// rows are stable.
  static MatrixLayout choose(const Constant &weights, const Execution &execution, int threads);

  int panels() const { return static_cast<int>(cuts.size()) - 1; }
  /// Type of the weights as they are stored: F32 where they are widened.
  DType stored() const;
  /// Type of the activations as they come, before any widening: F32, BF16, or U8 for weights of S8.
  DType input() const;
  /// Type of the results: F32, or I32 for weights of S8.
  DType output() const;
  /// Parts that the depth is cut into: more than one for WidenedS8 with a large depth.
  int64_t parts() const;
  int64_t partDepth(int64_t part) const;
  int64_t partBytes(int64_t part) const;
  /// Bytes of the whole constant: the parts one after the other.
  int64_t bytes() const;
};

} // namespace clew

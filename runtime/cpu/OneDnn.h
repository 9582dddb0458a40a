// OneDnn: the few things that we ask of oneDNN, without its types. All that differs between its versions 2.6 and 3.x, and all of
// its exceptions, stay in OneDnn.cpp.
//
// oneDNN is called for one thread at a time: we cut the work ourselves (runtime/base/ParallelFor.h), so that results do not
// depend on the number of threads and a block of rows can run through several stages while it is in cache.
#pragma once

#include "runtime/base/DType.h"
#include "runtime/base/Result.h"

#include <compare>
#include <cstdint>
#include <memory>
#include <string>

namespace clew::onednn {

/// How a K x N matrix of weights lies in memory.
/// block > 0: [ceil(N/block) column blocks][K padded to 16 groups][block columns][elements of a group], a group being the 4 bytes
/// of k that one lane multiplies (1 f32, 2 bf16, 4 s8); what lies beyond N or K is zero. Whole column blocks, taken out of a
/// matrix, are a matrix of the same layout.
/// block = 0: plain row-major K x N; a range of columns keeps the row stride.
struct WeightLayout {
  int64_t block = 0;
  auto operator<=>(const WeightLayout &) const = default;

  /// Bytes of a matrix.
  int64_t bytes(DType dtype, int64_t depth, int64_t columns) const;
  /// Byte offset of column `column`; with blocks, it must begin one.
  int64_t offset(DType dtype, int64_t depth, int64_t column) const;
};

/// y (rows x columns, dense) = x (rows x depth, dense) times weights (depth x columns). Weights F32: f32 x f32 -> f32; BF16:
/// bf16 x bf16 -> f32; S8: u8 x s8 -> i32. The bias (f32, one row) exists only with f32 results.
struct ProductShape {
  DType weights = DType::F32;
  int64_t rows = 0;
  int64_t depth = 0;
  int64_t columns = 0;
  WeightLayout layout;
  int64_t stride = 0; ///< plain layout: columns of the whole matrix; 0 with blocks
  bool bias = false;
  auto operator<=>(const ProductShape &) const = default;
};

/// One compiled primitive. Immutable; `run` may be called by many threads at once.
class Product {
public:
  static Result<std::unique_ptr<Product>> create(const ProductShape &shape);
  ~Product();

  /// Runs on the calling thread alone and reads and writes all `rows` rows. Scratch memory is the thread's own and kept.
  /// Internal if the library refuses.
  Result<void> run(const void *x, const void *weights, const float *bias, void *y) const;

  /// The library's name of the kernel, e.g. "brg:avx512_core".
  const std::string &kernel() const;

private:
  struct Impl;
  explicit Product(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// The blocked layout of `block` columns if this CPU's fast kernels read it for weights of this type, else the plain layout.
WeightLayout supportedLayout(DType weights, int64_t block);

/// Some columns of a matrix of weights, and how they are to lie.
struct WeightTile {
  DType weights = DType::F32;
  WeightLayout layout;
  int64_t depth = 0;
  int64_t columns = 0;
  int64_t stride = 0; ///< as in ProductShape
  bool operator==(const WeightTile &) const = default;
};

/// Copies a tile (`source`: columns x depth, row-major: PyTorch's order; s8 if its weights are S8, else f32) into its layout, rounding
/// f32 to bf16 if they are BF16. `target` is where the tile's first column lies.
Result<void> packWeights(const WeightTile &tile, const void *source, void *target);

/// Whether u8 x s8 products are exact and fast: without VNNI they saturate in 16 bits.
bool hasExactInt8();

/// Primitives created so far in this process (products and packings). In steady state it stands still.
int64_t createdPrimitives();

/// The instruction set that the library keeps to here, by its own names ("avx512_core_amx"): what the CPU has, or what ONEDNN_MAX_CPU_ISA
/// leaves of it.
std::string effectiveIsa();

/// Version of the library that is loaded, e.g. "2.6.3".
std::string version();

} // namespace clew::onednn

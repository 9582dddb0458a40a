// Blas: matrix products by NVIDIA's cuBLASLt, found in its library like the driver. Declarations are its published ABI (cuBLASLt 12 and 13).
#pragma once

#include "runtime/base/DType.h"
#include "runtime/cuda/Device.h"

#include <compare>
#include <map>

namespace clew::cuda {

/// y (rows x columns) = x (rows x depth) times W^T, plus bias. x and W are of `dtype`: f32 and bf16 give f32, sums are f32 (no tf32); s8
/// gives i32, without bias.
struct ProductShape {
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t depth = 0;
  DType dtype = DType::F32;
  bool bias = false;
  auto operator<=>(const ProductShape &) const = default;

  DType result() const { return dtype == DType::S8 ? DType::I32 : DType::F32; }
  /// What cuBLASLt multiplies as it is. Products of s8 need multiples of 4 columns and depth.
  bool isPlain() const { return dtype != DType::S8 || (columns % 4 == 0 && depth % 4 == 0); }
};

/// Where a product's matrices lie, dense and row-major, W as (columns x depth).
struct ProductOperands {
  Address x = 0;
  Address weight = 0;
  Address bias = 0; ///< f32, or 0
  Address y = 0;
  Address workspace = 0; ///< Blas::workspaceBytes, of this stream alone
};

/// cuBLASLt's entries, each by the symbol that Blas.cpp lists. Handles and descriptors are opaque; 0 is success.
struct BlasTable {
  size_t (*getVersion)();
  int (*create)(void **handle);
  int (*destroy)(void *handle);
  int (*descCreate)(void **desc, int computeType, int scaleType);
  int (*descDestroy)(void *desc);
  int (*descSet)(void *desc, int attribute, const void *value, size_t bytes);
  int (*layoutCreate)(void **layout, int type, uint64_t rows, uint64_t columns, int64_t stride);
  int (*layoutDestroy)(void *layout);
  int (*preferenceCreate)(void **preference);
  int (*preferenceDestroy)(void *preference);
  int (*preferenceSet)(void *preference, int attribute, const void *value, size_t bytes);
  int (*heuristic)(void *handle, void *desc, void *a, void *b, void *c, void *d, void *preference, int wanted,
                   struct BlasChoice *found, int *count);
  int (*matmul)(void *handle, void *desc, const void *alpha, const void *a, void *aLayout, const void *b, void *bLayout,
                const void *beta, const void *c, void *cLayout, void *d, void *dLayout,
                const struct BlasAlgorithm *algorithm, void *workspace, size_t workspaceBytes, Stream stream);
};

/// cublasLtMatmulAlgo_t.
struct BlasAlgorithm {
  uint64_t data[8];
};

/// cublasLtMatmulHeuristicResult_t.
struct BlasChoice {
  BlasAlgorithm algorithm;
  size_t workspaceBytes;
  int state;
  float waves;
  int reserved[4];
};

/// Products on one device, for many threads; the algorithm for a shape is asked for once.
class Blas {
  struct Key {};

public:
  static constexpr int64_t workspaceBytes = int64_t(32) << 20;

  /// The library for the device's driver, or the one at `path`. Unavailable, in one line, if there is none or it does not start.
  static Result<std::shared_ptr<const Blas>> open(std::shared_ptr<const Device> device, const std::string &path = {});

  Blas(Key, std::shared_ptr<const Device> device) : device(std::move(device)) {}
  Blas(const Blas &) = delete;
  Blas &operator=(const Blas &) = delete;
  ~Blas();

  /// Puts a product on a stream of the current context. The shape must be plain, rows at least 1. Unsupported if cuBLASLt has no algorithm
  /// for it.
  Result<void> multiply(const ProductShape &shape, const ProductOperands &operands, Stream stream) const;

  std::string versionText() const; ///< "13.0.2"

private:
  class Call;
  Result<BlasAlgorithm> algorithmFor(const ProductShape &shape, Call &call) const;

  std::shared_ptr<const Device> device;
  BlasTable table{};
  void *handle = nullptr;
  mutable std::mutex mutex;
  mutable std::map<ProductShape, BlasAlgorithm> known;
};

} // namespace clew::cuda

// TensorSet: what a reader of a checkpoint format gives: tensors by name, most of them where the file has them, and the memory of
// the few that had to be made: decompressed, or laid out anew because the file has them transposed or big endian.
#pragma once

#include "runtime/base/Arena.h"
#include "runtime/base/Result.h"
#include "runtime/weights/StoredType.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace clew {

/// Extents that one tensor may have, in every format.
constexpr size_t mostTensorRank = 64;

/// Move-only. The views borrow from the file's bytes and from `made`.
struct TensorSet {
  std::vector<TensorView> tensors; ///< sorted by name, none twice
  std::vector<Arena> made;
};

/// Memory for what must be made of a file, bounded in all, so that a small file cannot ask for a large machine: 8 bytes for each
/// byte of the file, and 64 MiB. Real weights compress to not much less than themselves.
class TensorMemory {
public:
  explicit TensorMemory(size_t fileBytes);

  /// Zeroed bytes that live as long as `made`. BadInput at `where` beyond the bound, Io if the system has none.
  Result<std::span<std::byte>> take(uint64_t bytes, const std::string &where);

  std::vector<Arena> made;

private:
  uint64_t left;
};

/// A tensor as a file describes it: elements at distances of `strides` in a storage that it may share with others.
struct StridedTensor {
  std::string name;
  StoredType type = StoredType::F32;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides; ///< in elements, as many as extents
  int64_t offset = 0;           ///< of its first element, in elements
  std::span<const std::byte> storage;
  bool bigEndian = false;
};

/// The strides of row-major order. `shape` must have passed countElements.
std::vector<int64_t> rowMajorStrides(std::span<const int64_t> shape);

/// The product of the extents. BadInput at `where` if one is negative, if there are more than mostTensorRank, or if the bytes of so
/// many elements of `type` overflow.
Result<int64_t> countElements(const std::string &name, std::span<const int64_t> shape, StoredType type,
                              const std::string &where);

/// The tensor as a dense little-endian one: a view of the storage where it lies so, else a copy in `memory`. BadInput at `where`
/// unless every element lies in the storage.
Result<TensorView> layDense(StridedTensor tensor, TensorMemory &memory, const std::string &where);

/// Sorts by name. BadInput at `where` if a name comes twice.
Result<TensorSet> gatherTensors(std::vector<TensorView> tensors, TensorMemory memory, const std::string &where);

} // namespace clew

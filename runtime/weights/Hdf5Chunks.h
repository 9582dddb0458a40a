// Hdf5Chunks: where the chunks of a dataset stand in an HDF5 file: in a tree, as layout 3 has it, or in the indices of layouts 4 and 5
// that hold datasets whose extents are fixed.
#pragma once

#include "runtime/weights/Hdf5Header.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace clew {

/// What a layout says of chunks.
struct Hdf5Layout {
  enum class Index : uint8_t { Tree, Single, Implicit, Array };

  Index index = Index::Tree;
  std::vector<int64_t> chunk; ///< extents of each
  uint64_t address = 0;       ///< of the index, or of the only chunk
  uint64_t size = 0;          ///< of a single chunk with filters: bytes in the file
  uint32_t skipped = 0;       ///< of a single chunk: filters left out, a bit each
  bool sparesEdges = false;   ///< chunks that reach beyond the dataset have no filters
};

struct Hdf5Chunk {
  std::vector<int64_t> begin; ///< the place of its first element
  uint64_t address = 0;
  uint64_t size = 0;    ///< bytes in the file
  uint32_t skipped = 0; ///< filters left out, a bit each
};

/// Of the body of a layout message of chunks, of a dataset of `shape` with elements of `width` bytes. BadInput without a place that says
/// what was expected: for extents that do not fit, and for indices of datasets that may grow, which are not read.
Result<Hdf5Layout> readHdf5Layout(std::span<const std::byte> body, std::span<const int64_t> shape, size_t width);

/// Calls `take` for each chunk that the index names; whether each is named once, and where it may be, is the caller's to check. Unfiltered
/// chunks have `chunkBytes`. BadInput without a place for an index that is damaged, and what `take` fails with.
Result<void> walkHdf5Chunks(std::span<const std::byte> file, const Hdf5Layout &layout, std::span<const int64_t> shape,
                            uint64_t chunkBytes, const std::function<Result<void>(const Hdf5Chunk &)> &take);

} // namespace clew

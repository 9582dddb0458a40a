// Hdf5File: the datasets of an HDF5 file by their paths: ELMo's weights, and what Keras saves.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/weights/TensorSet.h"

#include <cstddef>
#include <span>
#include <string>

namespace clew {

/// Objects that one file may have, and how deep its groups may lie in each other.
constexpr size_t mostHdf5Objects = 100'000;
constexpr size_t mostHdf5Depth = 32;

/// All datasets, each called by its path ("RNN_0/Cell0/W_0"), as readHdf5Dataset reads them; attributes are passed over. Files of
/// superblocks 0 to 3, groups with symbol tables or with links in their headers. BadInput at `where` for everything else, links that are
/// soft or lead into other files, objects that are linked twice or in a circle, and beyond the bounds. The set borrows from `file`.
Result<TensorSet> readHdf5(std::span<const std::byte> file, const std::string &where);

} // namespace clew

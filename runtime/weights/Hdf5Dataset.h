// Hdf5Dataset: one dataset of an HDF5 file as a tensor.
#pragma once

#include "runtime/weights/Hdf5Header.h"
#include "runtime/weights/TensorSet.h"

#include <string>

namespace clew {

/// Of floats (16 to 64 bits, bfloat16) or integers (8 to 64 bits), either byte order; stored compactly, in one piece, or in chunks with
/// the filters deflate and shuffle. One piece stays where the file has it; chunks are put together within TensorMemory's bound.
/// BadInput at `where`, with the dataset's name, for everything else: texts, records, other filters, external storage, chunks that are
/// missing or double, data that is not there. `messages` are the dataset's.
Result<TensorView> readHdf5Dataset(std::span<const std::byte> file, std::span<const Hdf5Message> messages,
                                   const std::string &name, TensorMemory &memory, const std::string &where);

} // namespace clew

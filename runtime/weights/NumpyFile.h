// NumpyFile: arrays as NumPy saves them (numpy.lib.format): one in a .npy, several by name in a .npz, which is a zip archive of
// them. The header is a Python literal; it is parsed as data, and arrays of objects, which are pickles, are refused.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/weights/TensorSet.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace clew {

/// Bytes of a header; NumPy itself refuses more than 10,000.
constexpr size_t mostNumpyHeader = 10'000;

/// The type and the byte order that `descr` ("<f4", not empty) says, into `tensor`. What is wrong, or "".
std::string readNumpyType(std::string_view descr, StridedTensor &tensor);

/// Whether the bytes begin as a .npy does.
bool looksLikeNpy(std::span<const std::byte> bytes);

/// One array of versions 1 to 3, called `name`: floats of 16 to 64 bits, integers of 8 to 64, truth values. Little-endian arrays in
/// row-major order stay where the file has them; big-endian ones and those in Fortran's order are laid out anew within TensorMemory's
/// bound. BadInput at `where` for everything else, and for bytes behind the array. The set borrows from `file`.
Result<TensorSet> readNpy(std::span<const std::byte> file, const std::string &name, const std::string &where);

/// An archive of arrays, NAME.npy each, stored or deflated. BadInput at `where` if it holds anything else.
Result<TensorSet> readNpz(std::span<const std::byte> file, const std::string &where);

} // namespace clew

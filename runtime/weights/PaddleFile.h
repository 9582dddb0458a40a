// PaddleFile: parameters as PaddlePaddle saves them, each in a file that is called like it, or all in one (paddle/fluid/framework/lod_tensor.cc:
// SerializeToStream).
#pragma once

#include "runtime/base/Result.h"
#include "runtime/weights/PaddleProgram.h"
#include "runtime/weights/TensorSet.h"

#include <cstddef>
#include <span>
#include <string>

namespace clew {

/// Whether the bytes begin as such a file does: version 0, a sane number of levels.
bool looksLikePaddle(std::span<const std::byte> bytes);

/// The tensor in the file, called `name`. BadInput at `where` for other versions, for levels of rows (which parameters do not have),
/// unknown types, data that is not exactly as large as the shape says. The set borrows from `file`.
Result<TensorSet> readPaddleTensor(std::span<const std::byte> file, const std::string &name, const std::string &where);

/// Parameters one behind the other: those of the program, in its order and with its types and shapes. BadInput at `where` otherwise. The set
/// borrows from `file`.
Result<TensorSet> readPaddleTensors(std::span<const std::byte> file, std::span<const PaddleVariable> variables,
                                    const std::string &where);

/// A message TensorDesc (framework.proto): data_type = 1, dims = 2, one by one or packed. Returns what is wrong, or "".
std::string readPaddleDescription(std::span<const std::byte> message, StoredType &type, std::vector<int64_t> &shape);

} // namespace clew

// PaddleFile: parameters as PaddlePaddle's fluid saved them, each in a file that is called like it (paddle/fluid/framework/lod_tensor.cc:
// SerializeToStream).
#pragma once

#include "runtime/base/Result.h"
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

} // namespace clew

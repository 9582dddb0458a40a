// The safetensors file that `clew run` and `clew-run` read a batch from. Types and shapes are checked here; what ids and
// offsets may hold is checked where the batch is bound (runtime/session/Session.h).
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace clew {

/// Owns the arrays. `segments` is empty if the file has none.
struct BatchFile {
  std::vector<int32_t> ids;      ///< [tokens]
  std::vector<int32_t> segments; ///< [tokens] or empty
  std::vector<int32_t> offsets;  ///< [batch + 1]
};

/// Reads `ids`, `offsets` and, if there, `segments`: one-dimensional, I32 or I64. BadInput for anything else in the file.
Result<BatchFile> readBatch(const std::string &path);

} // namespace clew

// The safetensors file that `clew run` and `clew-run` read a batch from. Types and shapes are checked here; what values and
// offsets may hold is checked where the batch is bound (runtime/session/Session.h).
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Batch.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace clew {

/// Owns the arrays of one batch. Move-only: the views point into it.
struct BatchFile {
  std::map<std::string, std::vector<int32_t>> arrays; ///< by the input's name
  std::vector<BatchInput> views;

  BatchFile() = default;
  BatchFile(BatchFile &&) = default;
  BatchFile &operator=(BatchFile &&) = default;

  Batch batch() const { return {{}, {}, {}, views}; }
};

/// Reads what the Program's inputs are called, each one-dimensional, I32 or I64: `ids`, `offsets` and, if there, `segments` for most models.
/// Segments for a model without any are left out, with a sentence in `notes`. BadInput for anything else in the file.
Result<BatchFile> readBatch(const std::string &path, const Program &program, std::vector<std::string> &notes);

} // namespace clew

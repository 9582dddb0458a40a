// CheckpointMatch: which tensors of a checkpoint make which parameter, and a complete account of what does not fit.
#pragma once

#include "runtime/program/CheckpointLayout.h"
#include "runtime/weights/TensorFiles.h"

#include <string>
#include <vector>

namespace clew {

/// The format in which weights are written: the first. A Program without any has one in which tensors are called like parameters.
const CheckpointNames &firstNames(const Program &program);

struct CheckpointMatch {
  const CheckpointNames *names = nullptr; ///< the Program's (or firstNames)
  CheckpointLayout layout;
  std::vector<const TensorView *> tensors; ///< for each of layout.tensors; null where missing
  size_t faults = 0;                       ///< tensors missing, extra, misshaped, or of a type that is no float
  std::string message;                     ///< all of them; empty when the file holds exactly the parameters
};

/// Tries every format of the Program and takes the first that fits, or the one that comes nearest. The pointers belong to `files`
/// and `program`. Errors as layOutCheckpoint.
Result<CheckpointMatch> matchCheckpoint(const TensorFiles &files, const Program &program);

} // namespace clew

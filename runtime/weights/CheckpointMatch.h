// CheckpointMatch: which tensors of a checkpoint make which parameter, and a complete account of what does not fit.
#pragma once

#include "runtime/program/Program.h"
#include "runtime/weights/TensorFiles.h"

#include <string>
#include <vector>

namespace clew {

/// Names under which parameter `index` is stored in one format.
std::vector<std::string> tensorNamesOf(const Program &program, const CheckpointNames &names, size_t index);

/// The format in which weights are written: the first. A Program without any has one in which tensors are called like parameters.
const CheckpointNames &firstNames(const Program &program);

struct CheckpointMatch {
  const CheckpointNames *names = nullptr;              ///< the Program's (or firstNames)
  std::vector<std::vector<const TensorView *>> pieces; ///< for each of Program::parameters the tensors to add up
  size_t faults = 0;   ///< tensors missing, extra, misshaped, or of a type that is no float
  std::string message; ///< all of them; empty when the file holds exactly the parameters
};

/// Tries every format of the Program and takes the first that fits, or the one that comes nearest. The pointers belong to `files`
/// and `program`.
CheckpointMatch matchCheckpoint(const TensorFiles &files, const Program &program);

} // namespace clew

// The hash by which a record names a model: of what is computed, not of the YAML's bytes or place.
#pragma once

#include "runtime/base/Result.h"
#include "zoo/Model.h"

namespace clew {

/// sha256 (64 hex digits) of the expanded model with its head: name, inputs, the form of its text, every op with its operands, attributes
/// and parameter names, and the outputs. Comments, blocks, positions in files and names in checkpoints change nothing.
Result<std::string> modelSha256(const Model &model);

} // namespace clew

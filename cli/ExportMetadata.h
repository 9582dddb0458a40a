// What an exported model says of itself beside its graph: which model it is, of which weights, how it reads texts and what its labels are, so
// that nobody has to guess from a file's name.
#pragma once

#include "cli/ModelArgument.h"
#include "runtime/base/Result.h"
#include "runtime/weights/Weights.h"

#include <string>
#include <utility>
#include <vector>

namespace clew {

/// Where the numbers of an export come from.
struct ExportedFrom {
  const ModelForTask &model;
  const Weights &weights;
  std::string path;    ///< as the weights were named; empty: random ones
  int64_t outputs = 0; ///< columns of the logits; 0: there are none
};

/// metadata_props, as docs/onnx.md lists them. BadInput where task and weights disagree about labels, or name another number of them than there
/// are logits; errors of reading the files beside the weights.
Result<std::vector<std::pair<std::string, std::string>>> exportMetadata(const ExportedFrom &from);

} // namespace clew

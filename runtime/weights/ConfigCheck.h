// ConfigCheck: what config.json says of the model is held against what the Program computes. A checkpoint whose own description
// differs would give plausible numbers that are all wrong.
#pragma once

#include "runtime/base/CheckpointForm.h"
#include "runtime/weights/CheckpointFolder.h"

#include <string>
#include <vector>

namespace clew {

/// Reads the folder's config.json (or what the form has in its place), if there is one, by the rules of the form. BadInput, at the file, that names for every key that
/// differs what was expected and found; or for what is no JSON object of at most 16 MiB. The result are notes: keys that are
/// neither in the rules nor known to change nothing. `model` is named in them.
Result<std::vector<std::string>> checkConfig(const CheckpointFolder &folder, const ConfigForm &form,
                                             const std::string &model);

} // namespace clew

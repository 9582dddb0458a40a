// What is wrong with one of our YAML files, whatever it describes.
#pragma once

#include "runtime/base/Result.h"

#include <string>
#include <vector>

namespace clew {

/// Whether a file's name says that it is YAML.
bool isYaml(const std::string &path);

/// All that is wrong with a model, head, task or board; which it is, its keys say. A model is looked at in every size, by all who read it: its
/// shapes must fit, and there must be a tokenizer of the kind that it names. Unsupported for a file that is no YAML by its name.
std::vector<Error> checkYaml(const std::string &path);

} // namespace clew

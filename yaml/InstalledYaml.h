// Shipped YAML files by their names: boards, recipes.
#pragma once

#include "runtime/base/Result.h"

#include <string>

namespace clew {

/// The path of `folder`/`name`.yaml below installationHome(). A name that ends in .yaml or .yml is a path already and comes back as it
/// is. NotFound for a name that is not there, with the nearest that is; `kind` ("board") is what the message calls it.
Result<std::string> installedYaml(const std::string &folder, const std::string &kind, const std::string &name);

} // namespace clew

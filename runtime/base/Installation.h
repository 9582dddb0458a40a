// Where this program is installed: models, heads, tasks, boards and samples are files that are read at run time from there.
#pragma once

#include "runtime/base/Result.h"

#include <string>

namespace clew {

/// The folder that holds zoo/models, zoo/heads and what else is read at run time: $CLEW_HOME, else share/clew of the
/// prefix where the program is installed, else the source tree around the build folder. NotFound, or BadInput when
/// $CLEW_HOME holds no zoo.
Result<std::string> installationHome();

} // namespace clew

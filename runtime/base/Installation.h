// Where this program is installed, and where it keeps what it can make or fetch again: models, heads, tasks, boards and samples are files that are read at run time from there.
#pragma once

#include "runtime/base/Result.h"

#include <string>

namespace clew {

/// The folder that holds zoo/models, zoo/heads and what else is read at run time: $CLEW_HOME, else share/clew of the
/// prefix where the program is installed, else the source tree around the build folder. NotFound, or BadInput when
/// $CLEW_HOME holds no zoo.
Result<std::string> installationHome();

/// $HOME/.cache/clew, where data and compiled programs are kept; it may not exist yet. NotFound where there is no $HOME, BadInput where it is no
/// absolute path: a relative one would leave folders wherever a command is called.
Result<std::string> cacheHome();

} // namespace clew

// Whether answered entities stand in their text: an entity list with exclusive ends or counted in bytes must not be scored as if it were right.
#pragma once

#include "runtime/base/Result.h"
#include "suites/data/Answer.h"

#include <string_view>

namespace clew {

/// BadInput without a place if an entity ends outside `text`, or if its surface, where it is known, is not what stands there.
Result<void> checkEntities(const EntityAnswer &answer, std::string_view text);

} // namespace clew

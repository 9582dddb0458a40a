// clew results export: records in the forms of other places.
#pragma once

#include "cli/Command.h"

namespace clew {

void addResultsExport(CLI::App &results, Action &chosen);

} // namespace clew

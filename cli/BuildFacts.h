// What records say of the program that made them: the facts of `clew --version`.
#pragma once

#include "suites/run/CellRecord.h"

namespace clew {

BuildFacts buildFacts();

} // namespace clew

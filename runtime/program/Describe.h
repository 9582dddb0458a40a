// A Program as text for people: `clew compile --emit program` without a file, and debugging.
#pragma once

#include "runtime/program/Program.h"

namespace clew {

/// Head, parameters, constants, buffers, steps and outputs, one a line.
std::string describe(const Program &program);
/// "tokens", "2*batch + 16", "0".
std::string describe(const Extent &extent);

} // namespace clew

// A Program as text for people: `clew compile --emit program` without a file, and debugging.
#pragma once

#include "runtime/program/Program.h"

namespace clew {

/// Head, levels, inputs, parameters, constants, buffers, steps and outputs, one a line.
std::string describe(const Program &program);
/// "tokens", "2*longest(tokens) + 16", "0", where `level` is what the extent's level is called.
std::string describe(const Extent &extent, std::string_view level);

} // namespace clew

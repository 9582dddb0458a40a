// A Program's description (all but the code's pieces) as JSON text, the middle part of a program file. Private to runtime/program.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"

#include <string_view>

namespace clew {

/// One line of JSON. BadInput if a name is not UTF-8.
Result<std::string> programToJson(const Program &program);

/// The description, not yet validated, the pieces of its code empty. BadInput for anything that programToJson does not write: other keys, numbers
/// that are not whole where they must be, unknown names.
Result<Program> programFromJson(std::string_view text);

} // namespace clew

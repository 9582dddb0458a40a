// Is a Program well formed? Programs come from the compiler, from a cache and from files of other people, and whatever runs them
// relies on this check instead of making its own.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"

namespace clew {

/// Checks that every index is in range, every size positive and bounded, every operand used inside its buffer's life, every
/// constant as large as its sources, every product's shapes and element types in agreement, and every output an f32 buffer that
/// lives to the end. After it, running the description reads and writes nothing out of bounds; what the object code does inside
/// its operands is the compiler's promise. BadInput says what and where ("step 3 (bert.yaml:41:9): ...").
Result<void> validate(const Program &program);

} // namespace clew

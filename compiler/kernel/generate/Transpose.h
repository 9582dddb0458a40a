// Transposes square blocks of f32 in vector registers: rows of keys become columns, so that products can run along them.
#pragma once

#include "compiler/kernel/generate/LoopBuilder.h"

namespace clew::compiler {

/// `rows` are 8 vectors of 8 lanes, or 16 of 16; result[c] lane r = rows[r] lane c.
Exprs transpose(LoopBuilder &builder, Exprs rows);

} // namespace clew::compiler

// RecurrentPacking: writes Recurrent constants as RecurrentLayout has them, for every backend that reads them so.
#pragma once

#include "runtime/program/RecurrentLayout.h"

#include <cstddef>
#include <span>

namespace clew {

/// Block `index` of the layout, converted to its element type (s8: quantized per row). `rows` are the G * H rows of K weights, the gates one
/// below the other. `block` has layout.blockBytes() and holds zeros, which is what lies beyond the units and K.
void packRecurrentBlock(const RecurrentLayout &layout, std::span<const float *const> rows, int64_t index,
                        std::byte *block);

} // namespace clew

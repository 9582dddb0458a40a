// Graphemes: where what a reader takes for one character ends (extended grapheme clusters, Unicode Standard Annex 29).
#pragma once

#include "runtime/text/Normalizer.h"

#include <cstddef>
#include <span>

namespace clew {

/// The end of the cluster that begins at `begin` < text.size().
size_t graphemeEnd(std::span<const PlacedCharacter> text, size_t begin);

} // namespace clew

// How a text is rewritten so that each character keeps a place, and the normal forms of Unicode, which are such rewritings. The place of a
// character that is made of others is the one that the `tokenizers` package gives it, which is of one character always: that of the first it
// replaces, and what is made beyond their number goes with the one before it.
#pragma once

#include "runtime/text/Normalizer.h"

#include <string>
#include <vector>

namespace clew {

using Characters = std::vector<PlacedCharacter>;

/// A character of the new text. `change` is how many characters more than it stand for as many less: 1: it is one more; 0: it replaces one;
/// -n: it replaces n + 1.
struct Change {
  char32_t value;
  int change;
};

/// The new text in place of the old one, which is not empty.
void replaceBy(Characters &text, const std::vector<Change> &changes);

/// What one code point is decomposed into (CodePoints.h).
using Decomposed = std::u32string (*)(char32_t);

/// NFD or NFKD, of the Unicode that CodePoints.h has. Marks of one class keep their order.
void decomposeAll(Characters &text, Decomposed decomposed);
/// NFC or NFKC.
void composeAll(Characters &text, Decomposed decomposed);

} // namespace clew

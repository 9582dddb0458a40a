// Normalizer: BERT's normalization of a whole text, for tokens that are looked for in normalized text. Words need none of it: their
// characters are looked up one by one (CharacterTable), and the order of marks is settled while a word is gathered.
#pragma once

#include "runtime/text/WordPieceOptions.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// A code point and which of the given text's it comes from.
struct PlacedCharacter {
  char32_t value;
  int32_t origin;
};

struct NormalText {
  std::string bytes;            ///< UTF-8
  std::vector<int32_t> origins; ///< of each of its code points
};

/// Without what cleaning removes and with blanks round ideographs, as far as the options say.
std::vector<PlacedCharacter> cleanedAndSplit(std::span<const PlacedCharacter> characters,
                                             const WordPieceOptions &options);

/// The normal form of the characters: cleaning, blanks round ideographs, canonical decomposition without accents, lower case, as far as
/// the options say.
NormalText normalize(std::span<const PlacedCharacter> characters, const WordPieceOptions &options);

/// The same of a text, which is UTF-8.
std::string normalize(std::string_view text, const WordPieceOptions &options);

} // namespace clew

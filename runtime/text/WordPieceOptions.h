// WordPieceOptions: what decides how WordPiece cuts a text, beside its vocabulary.
#pragma once

#include <string>

namespace clew {

struct WordPieceOptions {
  bool cleanText = true;    ///< drops control characters, makes every white space a space
  bool splitChinese = true; ///< a word of its own for each CJK ideograph
  bool lowercase = true;
  bool stripAccents = true;      ///< NFD, then without non-spacing marks
  int longestWord = 100;         ///< code points; longer words are unknown
  std::string unknown = "[UNK]"; ///< what a word becomes that cannot be cut
  std::string continuing = "##"; ///< stands before tokens that continue a word; may be empty
};

} // namespace clew

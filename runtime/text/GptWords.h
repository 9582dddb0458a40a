// GptWords: how GPT-2 cuts a text before byte-pair encoding. Its pattern,
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
// is walked by hand: one look at each code point, no engine, nothing that can blow up.
#pragma once

#include "runtime/text/Utf8.h"
#include "runtime/text/WordClass.h"

#include <cstddef>
#include <string_view>

namespace clew {

class GptWords {
public:
  /// The text must be UTF-8.
  explicit GptWords(std::string_view text) : text(text), classes(WordClassTable::instance()) {}

  /// The end of the word that begins at byte `begin` < text.size(). Words follow each other without a gap.
  size_t endOf(size_t begin) const;

private:
  struct Step {
    WordClass wordClass;
    size_t next; ///< place of the code point behind it
  };

  Step at(size_t place) const {
    const CodePoint c = decodeUtf8(text.data() + place, text.data() + text.size());
    return {classes[c.value], place + c.length + (c.length == 0 ? 1 : 0)};
  }
  size_t endOfRun(size_t place, WordClass wordClass) const;
  size_t endOfSpace(size_t begin, size_t place) const;
  size_t contraction(size_t place) const;

  std::string_view text;
  const WordClassTable &classes;
};

} // namespace clew

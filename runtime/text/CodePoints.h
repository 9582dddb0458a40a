// What the `tokenizers` package believes of a code point. It mixes three versions of Unicode: categories are those of 8.0,
// decompositions and combining classes of 9.0, lower case of 17.0. ICU knows when each code point came, so that the answers here
// are the same with every ICU from 72 on; tests/runtime/text/GoldenTest.cpp compares all of them.
#pragma once

#include "runtime/base/Result.h"

#include <functional>
#include <string>

namespace clew {

/// White space as of Rust's char::is_whitespace: a fixed list of 25.
bool isSpace(char32_t c);
/// What cleaning removes: NUL, U+FFFD, and control, format and private-use characters, but no tab, line feed or return.
bool isRemovedByCleaning(char32_t c);
/// ASCII's symbols and what Unicode 8.0 calls punctuation: each is a word of its own.
bool isPunctuation(char32_t c);
/// A non-spacing mark of Unicode 8.0: an "accent".
bool isAccent(char32_t c);
/// In one of the eight blocks that BERT calls Chinese, assigned or not.
bool isIdeograph(char32_t c);
/// A letter, digit, mark or connector, as of `\w` in regular expressions: what a token of single words may not touch. Of the ICU that
/// is installed.
bool isWordCharacter(char32_t c);
/// A letter (L*) or a number (N*) of Unicode 16.0, as the patterns of byte-level BPE have them.
bool isLetter(char32_t c);
bool isNumber(char32_t c);
/// Any mark (M*) of Unicode 9.0: what StripAccents removes.
bool isMark(char32_t c);
/// Canonical combining class, 0..254.
int combiningClass(char32_t c);

/// What ends a grapheme cluster and what goes on with it (Unicode Standard Annex 29), of the ICU that is installed.
enum class ClusterBreak {
  Other,
  Control,
  Return,
  LineFeed,
  Extend,
  Joiner,
  Spacing,
  Prepend,
  Flag,
  Picture,
  HangulL,
  HangulV,
  HangulT,
  HangulLV,
  HangulLVT
};
ClusterBreak clusterBreak(char32_t c);

/// Canonical decomposition, in full, or c alone.
std::u32string decompose(char32_t c);
/// Compatibility decomposition, in full, or c alone.
std::u32string decomposeCompatibly(char32_t c);
/// The one that two become in canonical composition; 0: none.
char32_t compose(char32_t first, char32_t second);
/// Lower case, whatever stands around it (so no final sigma); of all code points only U+0130 gives two.
std::u32string lowerCase(char32_t c);

/// Calls visit(c) for every code point of which any of the above says something, and for some others; some are visited twice.
void visitRemarkable(const std::function<void(char32_t)> &visit);

/// Internal if ICU cannot find its data; the functions above may be called only after this succeeded once.
Result<void> checkUnicodeData();

} // namespace clew

// CharacterBytes: the text unit of ELMo (Peters et al. 2018, arXiv:1802.05365, and the code released with it): a word is 50 ids, its bytes
// between a mark for its begin and one for its end, then padding. Ids are one more than those of that code's vocabulary, so that 0 is free
// for what masks a place.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace clew {

struct CharacterBytes {
  static constexpr int Width = 50; ///< ids of a word

  enum Id : int32_t {
    SentenceBegin = 256 + 1,
    SentenceEnd = 257 + 1,
    WordBegin = 258 + 1,
    WordEnd = 259 + 1,
    Padding = 260 + 1
  };

  using Word = std::array<int32_t, Width>;

  /// A word's ids. Of a word of more than 48 bytes the rest is dropped, in the midst of a character if so be.
  static Word ofWord(std::string_view word);
  /// The words that stand before and behind a sentence.
  static Word sentenceBegin() { return ofMark(SentenceBegin); }
  static Word sentenceEnd() { return ofMark(SentenceEnd); }

  /// Appends the ids of words, Width each, with the marks of a sentence round them.
  static void appendSentence(const std::vector<std::string_view> &words, std::vector<int32_t> &out);

private:
  static Word ofMark(int32_t mark);
};

} // namespace clew

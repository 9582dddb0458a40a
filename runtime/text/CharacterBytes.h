// CharacterBytes: the characters of ELMo (Peters et al. 2018, arXiv:1802.05365, and the code released with it): a word is its bytes between
// a mark for its begin and one for its end, and behind them padding. Ids are those of that code's vocabulary and of the table in published
// weights; the code itself adds 1 to them and has 0 for places without a word, which a packed batch has none of.
#pragma once

#include "runtime/base/TextForm.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace clew {

struct CharacterBytes {
  enum Id : int32_t { SentenceBegin = 256, SentenceEnd = 257, WordBegin = 258, WordEnd = 259, Padding = 260 };
  static constexpr int32_t Ids = 261;

  /// What stands before and behind a sentence: words whose one character is a mark.
  static constexpr std::string_view BeginWord = "<S>";
  static constexpr std::string_view EndWord = "</S>";

  /// Appends a word's ids, at least 3 and at most form.most. Of a word of more than form.most - 2 bytes the rest is dropped, in the midst of
  /// a character if so be.
  static void append(std::string_view word, const CharacterForm &form, std::vector<int32_t> &out);
};

} // namespace clew

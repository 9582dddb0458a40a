// The rarer half of WordCutter, and the longest match that takes a word apart.
#include "runtime/text/WordCutter.h"

#include <algorithm>

namespace clew {

void WordCutter::takePieces(const CharacterPiece *piece, int32_t origin) {
  for (;; piece++) {
    if (piece->combiningClass != 0) {
      auto place = std::ranges::upper_bound(marks, piece->combiningClass, {}, &Mark::combiningClass);
      marks.insert(place, {piece->value, origin, piece->combiningClass});
    } else if (piece->kind == CharacterKind::Same) {
      settleMarks();
      append(piece->value, origin);
    } else if (piece->kind == CharacterKind::Mark) {
      settleMarks();
    } else {
      endWord();
      if (piece->kind == CharacterKind::Alone) {
        push(static_cast<int32_t>(piece->value), origin, origin + 1);
      }
    }
    if (piece->isLast) {
      return;
    }
  }
}

/// Puts the marks that wait into the word. Their origins go in ascending order, so that tokens keep theirs.
void WordCutter::appendMarks() {
  std::vector<int32_t> ascending;
  for (const Mark &mark : marks) {
    ascending.push_back(mark.origin);
  }
  std::ranges::sort(ascending);
  for (size_t i = 0; i < marks.size(); i++) {
    append(marks[i].value, ascending[i]);
  }
  marks.clear();
}

/// Longest match first; a word that is too long or has a part that is no token is unknown as a whole.
void WordCutter::cutWord() {
  size_t before = out.size();
  size_t end = characters > lexicon.longestWord ? 0 : bytes;
  bool isWhole = end > 0;
  const Trie *trie = &lexicon.initial;
  for (size_t at = 0; at < end; trie = &lexicon.continuing) {
    Trie::Match match = trie->longest(word.data() + at, word.data() + end);
    if (match.length == 0) {
      isWhole = false;
      break;
    }
    push(match.value, origins[at], origins[at + match.length - 1] + 1);
    at += match.length;
  }
  if (!isWhole) {
    out.resize(before);
    push(lexicon.unknown, firstOrigin, lastOrigin + 1);
  }
  bytes = 0;
  characters = 0;
}

} // namespace clew

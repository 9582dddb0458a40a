// WordCutter: one text's words and their tokens. A word is gathered, normalized, in a buffer on the stack, and when it ends the
// trie takes it apart; so nothing is allocated but room for the answer.
#pragma once

#include "runtime/text/CharacterTable.h"
#include "runtime/text/Tokens.h"
#include "runtime/text/Trie.h"
#include "runtime/text/Utf8.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace clew {

/// What words are cut with. Immutable once made; shared by all threads.
struct Lexicon {
  Trie initial;    ///< tokens as they stand
  Trie continuing; ///< tokens that start with the mark of continuation (##), without it
  CharacterTable table;
  int32_t unknown = 0;
  int longestWord = 0; ///< at most WordCutter::LongestWord
};

/// Appends to `out`; used for one text, by one thread.
class WordCutter {
public:
  static constexpr int LongestWord = 1000; ///< code points, for the sake of the stack

  /// `table` says what becomes of characters: the lexicon's own, or one for text that is normalized already.
  WordCutter(const Lexicon &lexicon, const CharacterTable &table, Tokens &out)
      : lexicon(lexicon), table(table), out(out) {}

  /// The text's code point number `origin` is `c`, and no part of an added token.
  void take(char32_t c, int32_t origin) {
    Character character = table[c];
    switch (character.kind()) {
    case CharacterKind::Same:
      settleMarks();
      append(c, origin);
      break;
    case CharacterKind::Mapped:
      settleMarks();
      append(character.payload(), origin);
      break;
    case CharacterKind::Alone:
      endWord();
      push(static_cast<int32_t>(character.payload()), origin, origin + 1);
      break;
    case CharacterKind::Space:
      endWord();
      break;
    case CharacterKind::Mark:
      settleMarks();
      break;
    case CharacterKind::Nothing:
      break;
    case CharacterKind::Several:
      takePieces(table.pieces(character), origin);
      break;
    }
  }

  /// To be called at the text's end, and before an added token.
  void endWord() {
    settleMarks();
    if (characters > 0) {
      cutWord();
    }
  }

  void push(int32_t id, int32_t begin, int32_t end) {
    out.ids.push_back(id);
    out.begins.push_back(begin);
    out.ends.push_back(end);
  }

private:
  /// A combining mark that canonical order may still move.
  struct Mark {
    char32_t value;
    int32_t origin;
    uint8_t combiningClass;
  };

  void append(char32_t c, int32_t origin) {
    firstOrigin = characters == 0 ? origin : firstOrigin;
    lastOrigin = origin;
    if (++characters > lexicon.longestWord) {
      return;
    }
    size_t length = encodeUtf8(c, word.data() + bytes);
    for (size_t i = 0; i < length; i++) {
      origins[bytes + i] = origin;
    }
    bytes += length;
  }

  void settleMarks() {
    if (!marks.empty()) {
      appendMarks();
    }
  }

  void appendMarks();
  void takePieces(const CharacterPiece *piece, int32_t origin);
  void cutWord();

  const Lexicon &lexicon;
  const CharacterTable &table;
  Tokens &out;
  size_t bytes = 0;       ///< of the word, as far as it is kept
  int32_t characters = 0; ///< of the word, also those beyond the longest
  int32_t firstOrigin = 0;
  int32_t lastOrigin = 0;
  std::vector<Mark> marks;
  std::array<char, 4 * LongestWord> word;       ///< not initialized
  std::array<int32_t, 4 * LongestWord> origins; ///< of each byte of the word; not initialized
};

} // namespace clew

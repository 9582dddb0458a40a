// CharacterTable: what becomes of each code point, worked out once for a vocabulary and its options, so that encoding a
// character is one look-up: cleaning, splitting, decomposition, accents, lower case and, for an ideograph, its id.
#pragma once

#include "runtime/text/Trie.h"
#include "runtime/text/WordPieceOptions.h"

#include <cstdint>
#include <vector>

namespace clew {

enum class CharacterKind : uint32_t {
  Same,    ///< goes into the word as it is
  Mapped,  ///< the code point `payload` goes into the word instead
  Alone,   ///< ends the word and is token `payload`
  Space,   ///< ends the word
  Mark,    ///< vanishes, but marks before it and after it are not put in order across it
  Nothing, ///< vanishes
  Several, ///< pieces from `payload` on
};

/// What one code point becomes.
struct Character {
  uint32_t bits = 0;

  Character() = default;
  Character(CharacterKind kind, uint32_t payload) : bits(payload << 3 | static_cast<uint32_t>(kind)) {}
  CharacterKind kind() const { return static_cast<CharacterKind>(bits & 7U); }
  uint32_t payload() const { return bits >> 3; }
};

/// A part of a code point's normal form. `kind` is Same (code point `value`), Alone (token `value`), Space or Mark.
struct CharacterPiece {
  uint32_t value;
  CharacterKind kind;
  uint8_t combiningClass; ///< where it is not 0, the piece moves behind neighbours of lower class
  bool isLast;
};

/// Immutable once made; safe to read from many threads.
class CharacterTable {
public:
  CharacterTable() = default;
  /// `initial` knows the tokens that may start a word; a word of one character that it does not know is `unknown`.
  CharacterTable(const WordPieceOptions &options, const Trie &initial, int32_t unknown);

  /// c is at most U+10FFFF.
  Character operator[](char32_t c) const { return characters[blocks[c >> BlockBits] + (c & (BlockSize - 1))]; }
  /// The first of the pieces of a character of kind Several; the last says so.
  const CharacterPiece *pieces(Character several) const { return &allPieces[several.payload()]; }

private:
  static constexpr int BlockBits = 7;
  static constexpr uint32_t BlockSize = 1U << BlockBits;
  struct Builder;

  std::vector<uint32_t>
      blocks; ///< where each run of 128 code points starts in `characters`; equal runs are stored once
  std::vector<Character> characters;
  std::vector<CharacterPiece> allPieces;
};

} // namespace clew

// Works out the table of characters: the steps of BERT's normalization, in its order, on each code point by itself. Only the order
// of combining marks looks at neighbours; it is left to the encoder.
#include "runtime/text/CharacterTable.h"

#include "runtime/text/CodePoints.h"
#include "runtime/text/Utf8.h"

#include <string_view>
#include <unordered_map>

namespace clew {

struct CharacterTable::Builder {
  const WordPieceOptions &options;
  const Trie &initial;
  int32_t unknown;
  CharacterTable &table;
  std::vector<CharacterPiece> form{};

  /// One code point of the normal form, with the class that it had before it became lower case.
  void add(char32_t c, int combiningClass) {
    auto push = [&](CharacterKind kind, uint32_t value) {
      form.push_back({value, kind, static_cast<uint8_t>(combiningClass), false});
    };
    if (isSpace(c)) {
      push(CharacterKind::Space, 0);
    } else if (isPunctuation(c)) {
      push(CharacterKind::Alone, idOf(c));
    } else {
      push(CharacterKind::Same, c);
    }
  }

  uint32_t idOf(char32_t c) const {
    char bytes[4];
    int32_t id = initial.find({bytes, encodeUtf8(c, bytes)});
    return static_cast<uint32_t>(id < 0 ? unknown : id);
  }

  void normalize(char32_t c) {
    form.clear();
    if (options.cleanText && isRemovedByCleaning(c)) {
      return;
    }
    for (char32_t part : options.stripAccents ? decompose(c) : std::u32string(1, c)) {
      int order = options.stripAccents ? combiningClass(part) : 0;
      if (options.stripAccents && isAccent(part)) {
        if (order == 0) {
          form.push_back({0, CharacterKind::Mark, 0, false});
        }
        continue;
      }
      for (char32_t lower : options.lowercase ? lowerCase(part) : std::u32string(1, part)) {
        add(lower, order);
      }
    }
    if (options.splitChinese && isIdeograph(c)) {
      if (form.size() == 1 && form[0].kind == CharacterKind::Same && form[0].combiningClass == 0) {
        form[0] = {idOf(form[0].value), CharacterKind::Alone, 0, false};
      } else {
        form.insert(form.begin(), {0, CharacterKind::Space, 0, false});
        form.push_back({0, CharacterKind::Space, 0, false});
      }
    }
  }

  Character describe(char32_t c) {
    normalize(c);
    if (form.empty()) {
      return {CharacterKind::Nothing, 0};
    }
    if (form.size() > 1 || form[0].combiningClass != 0) {
      form.back().isLast = true;
      auto first = static_cast<uint32_t>(table.allPieces.size());
      table.allPieces.insert(table.allPieces.end(), form.begin(), form.end());
      return {CharacterKind::Several, first};
    }
    if (form[0].kind == CharacterKind::Same) {
      return form[0].value == c ? Character() : Character(CharacterKind::Mapped, form[0].value);
    }
    return {form[0].kind, form[0].value};
  }

  void set(char32_t c) {
    uint32_t &block = table.blocks[c >> BlockBits];
    if (block != 0 && table.characters[block + (c & (BlockSize - 1))].bits != 0) {
      return; // visited before
    }
    Character character = describe(c);
    if (character.bits == 0) {
      return;
    }
    if (block == 0) {
      block = static_cast<uint32_t>(table.characters.size());
      table.characters.resize(table.characters.size() + BlockSize);
    }
    table.characters[block + (c & (BlockSize - 1))] = character;
  }

  void shareEqualBlocks() {
    std::vector<Character> kept;
    std::unordered_map<std::string_view, uint32_t> known;
    kept.reserve(table.characters.size());
    for (uint32_t &block : table.blocks) {
      const char *bytes = reinterpret_cast<const char *>(&table.characters[block]);
      auto [entry, isNew] =
          known.try_emplace({bytes, BlockSize * sizeof(Character)}, static_cast<uint32_t>(kept.size()));
      if (isNew) {
        kept.insert(kept.end(), table.characters.begin() + block, table.characters.begin() + block + BlockSize);
      }
      block = entry->second;
    }
    table.characters = std::move(kept);
    table.characters.shrink_to_fit();
  }
};

CharacterTable::CharacterTable(const WordPieceOptions &options, const Trie &initial, int32_t unknown)
    : blocks(0x110000 >> BlockBits), characters(BlockSize) {
  Builder builder{.options = options, .initial = initial, .unknown = unknown, .table = *this};
  visitRemarkable([&](char32_t c) { builder.set(c); });
  builder.shareEqualBlocks();
}

} // namespace clew

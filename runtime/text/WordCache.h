// WordCache: words that were taken apart already. Text repeats its words, and a look-up is cheaper than their merges. Its size is bounded
// (it is emptied when it is full), and it is a thread's own, so that nobody waits.
#pragma once

#include "runtime/text/PieceModel.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace clew {

class WordCache {
public:
  static constexpr size_t LongestWord = 96; ///< bytes; longer ones seldom come again

  /// This thread's cache of the model with this number, from newOwner(). A thread keeps those of the last two models.
  static WordCache &ofThread(uint64_t owner);
  static uint64_t newOwner();

  static uint64_t hashOf(std::string_view word);

  /// Appends the word's pieces: those that this thread's cache of `owner` knows, else what `cutAnew` appends, which is kept. Words that
  /// are too long to come again pass it by.
  template <typename Cut> static void cut(uint64_t owner, std::string_view word, std::vector<Piece> &out, Cut cutAnew) {
    if (word.size() > LongestWord) {
      cutAnew();
      return;
    }
    WordCache &cache = ofThread(owner);
    const uint64_t hash = hashOf(word);
    const std::span<const Piece> known = cache.find(word, hash);
    if (!known.empty()) {
      out.insert(out.end(), known.begin(), known.end());
      return;
    }
    const size_t before = out.size();
    cutAnew();
    cache.put(word, hash, std::span(out).subspan(before));
  }

  /// The pieces of a word, or none; until the next put().
  std::span<const Piece> find(std::string_view word, uint64_t hash) const;
  void put(std::string_view word, uint64_t hash, std::span<const Piece> pieces);

private:
  struct Entry {
    uint64_t hash = 0;
    uint32_t text = 0;  ///< place in `texts`
    uint32_t first = 0; ///< place in `pieces`
    uint16_t bytes = 0;
    uint16_t count = 0; ///< of pieces; 0: the entry is free
  };
  static constexpr size_t Entries = size_t{1} << 15;
  static constexpr size_t MostEntries = Entries / 4 * 3;
  static constexpr size_t MostBytes = size_t{1} << 20; ///< of words, and as many of pieces

  void clear();

  uint64_t owner = 0;
  uint64_t lastUse = 0;
  std::vector<Entry> entries;
  std::vector<char> texts;
  std::vector<Piece> pieces;
  size_t used = 0;
};

} // namespace clew

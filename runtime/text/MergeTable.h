// MergeTable: which two tokens of byte-pair encoding become one, and how early. A flat hash of eight bytes a merge, because a look-up for
// each pair of neighbours is what encoding costs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace clew {

/// Immutable once made; safe to read from many threads.
class MergeTable {
public:
  static constexpr uint32_t NoRank = 0xFFFFFF; ///< no such merge; also what bounds their number
  static constexpr int IdBits = 20;            ///< ids are below 2^20

  struct Merge {
    int32_t left;
    int32_t right;
    int32_t merged;
  };

  MergeTable() = default;
  /// merges[rank], fewer than NoRank; of equal pairs the last one counts.
  explicit MergeTable(const std::vector<Merge> &merges);

  /// The rank of a pair, or NoRank.
  uint32_t rank(int32_t left, int32_t right) const {
    const uint64_t key = keyOf(left, right);
    for (size_t at = placeOf(key);; at = (at + 1) & mask) {
      const uint64_t cell = cells[at];
      if (cell >> 24 == key) {
        return static_cast<uint32_t>(cell & NoRank);
      }
      if (cell == Free) {
        return NoRank;
      }
    }
  }
  /// The token that the merge of this rank makes.
  int32_t merged(uint32_t rank) const { return made[rank]; }
  size_t size() const { return made.size(); }

private:
  static constexpr uint64_t Free = ~uint64_t{0};

  static uint64_t keyOf(int32_t left, int32_t right) {
    return static_cast<uint64_t>(left) << IdBits | static_cast<uint64_t>(right);
  }
  size_t placeOf(uint64_t key) const { return static_cast<size_t>((key ^ seed) * 0x9E3779B97F4A7C15U >> shift); }

  std::vector<uint64_t> cells = std::vector<uint64_t>(2, Free); ///< key << 24 | rank
  std::vector<int32_t> made;
  uint64_t seed = 0; ///< drawn anew for each table: files cannot choose pairs that fall together
  size_t mask = 1;
  int shift = 63;
};

} // namespace clew

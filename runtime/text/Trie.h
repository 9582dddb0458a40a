// Trie: finds the longest token that a text starts with, in one walk over its bytes, without a copy and without a hash. It is a
// double array (Aoe 1989, IEEE Transactions on Software Engineering 15(9)): node n's child for byte b is cell base[n] + b, if
// that cell names n as its parent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace clew {

/// Immutable once built; safe to read from many threads.
class Trie {
public:
  /// A key and its value, at least 0.
  using Entry = std::pair<std::string_view, int32_t>;

  /// What the text starts with: value -1 and length 0 if with no key.
  struct Match {
    int32_t value = -1;
    size_t length = 0;
  };

  Trie() = default;
  /// Keys are not empty; of equal keys one wins. The keys' bytes are not needed afterwards.
  explicit Trie(std::vector<Entry> entries);

  /// The longest key that begin .. end starts with.
  Match longest(const char *begin, const char *end) const {
    Match best;
    int32_t node = 0;
    for (const char *at = begin; at < end; at++) {
      int32_t next = cells[node].base + static_cast<unsigned char>(*at);
      if (cells[next].parent != node) {
        break;
      }
      node = next;
      if (cells[node].value >= 0) {
        best = {cells[node].value, static_cast<size_t>(at + 1 - begin)};
      }
    }
    return best;
  }

  /// Calls found(value, length) for every key that begin .. end starts with, the shortest first.
  template <typename Found> void prefixes(const char *begin, const char *end, Found &&found) const {
    int32_t node = 0;
    for (const char *at = begin; at < end; at++) {
      const int32_t next = cells[node].base + static_cast<unsigned char>(*at);
      if (cells[next].parent != node) {
        return;
      }
      node = next;
      if (cells[node].value >= 0) {
        found(cells[node].value, static_cast<size_t>(at + 1 - begin));
      }
    }
  }

  /// The value of exactly this key, or -1.
  int32_t find(std::string_view key) const;

private:
  struct Cell {
    int32_t base = 0;    ///< children are at base + byte
    int32_t parent = -1; ///< -1: the cell is free
    int32_t value = -1;
  };
  struct Builder;

  /// Always 256 cells beyond the last base, so that a walk needs no check of bounds; cell 0 is the root.
  std::vector<Cell> cells = std::vector<Cell>(257);
};

} // namespace clew

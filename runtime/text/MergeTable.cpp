// See MergeTable.h.
#include "runtime/text/MergeTable.h"

#include <bit>
#include <random>

namespace clew {

MergeTable::MergeTable(const std::vector<Merge> &merges) {
  std::random_device source;
  seed = (static_cast<uint64_t>(source()) << 32 | source()) & ((uint64_t{1} << 2 * IdBits) - 1);
  const int bits = std::bit_width(2 * merges.size() + 1);
  cells.assign(size_t{1} << bits, Free);
  mask = cells.size() - 1;
  shift = 64 - bits;
  made.reserve(merges.size());
  for (const Merge &merge : merges) {
    const uint64_t key = keyOf(merge.left, merge.right);
    size_t at = placeOf(key);
    while (cells[at] != Free && cells[at] >> 24 != key) {
      at = (at + 1) & mask;
    }
    cells[at] = key << 24 | made.size();
    made.push_back(merge.merged);
  }
}

} // namespace clew

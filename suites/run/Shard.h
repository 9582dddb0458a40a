// Shard: one of several equal parts of a job, which may run anywhere and any time, also twice. What joins them needs no engine of its own.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <string_view>
#include <utility>

namespace clew {

struct Shard {
  int64_t index = 1; ///< 1 .. count
  int64_t count = 1;

  bool isWhole() const { return count == 1; }
  /// Of `things` that stand in an order, those from first to last - 1 are this shard's: parts differ by one at most, and follow each other.
  std::pair<int64_t, int64_t> rangeOf(int64_t things) const {
    // Whole parts, and the first of what is left over go one to a shard: no product can overflow.
    const int64_t each = things / count;
    const int64_t over = things % count;
    const auto begin = [&](int64_t part) { return part * each + (part < over ? part : over); };
    return {begin(index - 1), begin(index)};
  }
};

/// "i/n": 1 <= i <= n, n at most 1,000,000. BadInput.
Result<Shard> parseShard(std::string_view text);

} // namespace clew

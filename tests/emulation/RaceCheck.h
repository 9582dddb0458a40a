// RaceCheck: who wrote and read each word of memory last, and whether a barrier stands between that and the next access.
#pragma once

#include <cstdint>
#include <unordered_map>

namespace clew::emulation {

/// A moment in the life of a thread of a block.
struct Moment {
  int32_t block = -1;
  int32_t thread = -1;
  int32_t barriers = 0;     ///< of the block, that the thread has passed
  int32_t warpBarriers = 0; ///< of the block or of the warp

  /// Whether a barrier orders this one, which came first, before `later`; both of one block.
  bool isBefore(const Moment &later) const {
    return thread == later.thread || barriers != later.barriers ||
           (thread / 32 == later.thread / 32 && warpBarriers != later.warpBarriers);
  }
};

/// Of one launch. Shared memory is that of the block that runs; global memory outlives blocks, which nothing orders.
class RaceCheck {
public:
  void beginBlock() { shared.clear(); }

  /// Takes note of an access of a word. False: it races with an earlier one. Of global memory, reads are not kept: most of it is never written.
  bool access(uintptr_t word, const Moment &now, bool isShared, bool write) {
    if (!isShared && !write) {
      const auto seen = global.find(word);
      return seen == global.end() || isOrdered(seen->second.written, now);
    }
    Word &seen = (isShared ? shared : global)[word];
    const bool ok =
        isOrdered(seen.written, now) && (!write || (isOrdered(seen.read, now) && isOrdered(seen.readByOther, now)));
    if (write) {
      seen.written = now;
    } else {
      if (seen.read.thread >= 0 && (seen.read.thread != now.thread || seen.read.block != now.block)) {
        seen.readByOther = seen.read;
      }
      seen.read = now;
    }
    return ok;
  }

private:
  struct Word {
    Moment written, read, readByOther;
  };
  static bool isOrdered(const Moment &then, const Moment &now) {
    return then.thread < 0 || (then.block == now.block && then.isBefore(now));
  }

  std::unordered_map<uintptr_t, Word> shared, global;
};

} // namespace clew::emulation

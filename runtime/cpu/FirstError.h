// FirstError: gathers what jobs of a parallel loop return. Loop bodies cannot return anything, so the first failure is kept
// here and the jobs that follow can see that there is no point in going on.
#pragma once

#include "runtime/base/Result.h"

#include <atomic>
#include <mutex>
#include <optional>

namespace clew {

/// Any thread may note; `take` after the loop.
class FirstError {
public:
  void note(const Result<void> &result) {
    if (!result) {
      std::lock_guard lock(mutex);
      if (!first) {
        first = result.error();
        failed = true;
      }
    }
  }
  bool any() const { return failed.load(std::memory_order_relaxed); }
  Result<void> take() const {
    if (first) {
      return Failure(*first);
    }
    return {};
  }

private:
  std::mutex mutex;
  std::optional<Error> first;
  std::atomic<bool> failed{false};
};

} // namespace clew

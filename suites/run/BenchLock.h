// The lock of a folder of records: who holds it measures. It ends with its process, however that ends.
#pragma once

#include "runtime/base/Result.h"

#include <string>
#include <utility>

namespace clew {

/// Move-only.
class BenchLock {
public:
  /// Waits until no other process holds the lock of `folder` (the file .lock in it). Io if it cannot be made.
  static Result<BenchLock> take(const std::string &folder);

  BenchLock(BenchLock &&other) noexcept : descriptor(std::exchange(other.descriptor, -1)) {}
  BenchLock &operator=(BenchLock &&) = delete;
  ~BenchLock();

private:
  explicit BenchLock(int descriptor) : descriptor(descriptor) {}

  int descriptor;
};

} // namespace clew

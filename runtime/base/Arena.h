// Arena: one owned block of aligned, zeroed memory. Weights, workspaces and packed constants live in arenas; they never
// grow, so pointers into them stay good for the arena's life.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace clew {

class Arena {
public:
  /// Every block starts on a cache line; blocks of `hugeBytes` or more start on a page and ask for huge pages.
  static constexpr size_t alignment = 64;
  static constexpr size_t hugeBytes = size_t{4} << 20;

  Arena() = default;
  Arena(Arena &&other) noexcept : block(std::exchange(other.block, nullptr)), bytes(std::exchange(other.bytes, 0)) {}
  Arena &operator=(Arena &&other) noexcept {
    std::swap(block, other.block);
    std::swap(bytes, other.bytes);
    return *this;
  }
  ~Arena();

  /// `size` zero bytes; 0 gives an empty arena without memory. Io if the system has no such memory.
  static Result<Arena> allocate(size_t size);

  /// Zeroed memory for `count` elements of `elementBytes` bytes each. BadInput if the size is negative or overflows.
  static Result<Arena> allocateArray(int64_t count, size_t elementBytes);

  std::byte *data() const { return block; }
  size_t size() const { return bytes; }
  bool empty() const { return bytes == 0; }

  /// The block as elements of T; a remainder smaller than one T is left out.
  template <typename T> std::span<T> as() const { return {reinterpret_cast<T *>(block), bytes / sizeof(T)}; }

private:
  Arena(std::byte *block, size_t bytes) : block(block), bytes(bytes) {}

  std::byte *block = nullptr;
  size_t bytes = 0;
};

} // namespace clew

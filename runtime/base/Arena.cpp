// Small blocks come from the heap, large ones straight from the system: those are zero already, and give their memory
// back at once when they go.
#include "runtime/base/Arena.h"

#include "runtime/base/Rounding.h"

#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <sys/mman.h>

namespace clew {
namespace {

constexpr size_t hugePage = size_t{2} << 20;

/// Maps zero pages that start on a huge page, because only whole aligned ones can become huge.
std::byte *mapLarge(size_t size) {
  size_t mapped = roundUp(size, hugePage) + hugePage;
  void *raw = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) {
    return nullptr;
  }
  auto *begin = static_cast<std::byte *>(raw);
  auto *block = reinterpret_cast<std::byte *>(roundUp(reinterpret_cast<size_t>(begin), hugePage));
  size_t before = static_cast<size_t>(block - begin);
  size_t kept = roundUp(size, hugePage);
  if (before > 0) {
    munmap(begin, before);
  }
  if (before < hugePage) {
    munmap(block + kept, hugePage - before);
  }
  madvise(block, kept, MADV_HUGEPAGE); // advice: a kernel without huge pages may decline
  return block;
}

} // namespace

Arena::~Arena() {
  if (bytes >= hugeBytes) {
    munmap(block, roundUp(bytes, hugePage));
  } else {
    std::free(block);
  }
}

Result<Arena> Arena::allocate(size_t size) {
  if (size == 0) {
    return Arena();
  }
  std::byte *block = nullptr;
  if (size <= std::numeric_limits<size_t>::max() / 2) {
    if (size >= hugeBytes) {
      block = mapLarge(size);
    } else {
      size_t padded = roundUp(size, alignment);
      block = static_cast<std::byte *>(std::aligned_alloc(alignment, padded));
      if (block) {
        std::memset(block, 0, padded);
      }
    }
  }
  if (!block) {
    return fail(ErrorKind::Io, fmt::format("expected {} bytes of memory, the system refused them", size));
  }
  return Arena(block, size);
}

Result<Arena> Arena::allocateArray(int64_t count, size_t elementBytes) {
  size_t size = 0;
  if (count < 0 || __builtin_mul_overflow(static_cast<size_t>(count), elementBytes, &size)) {
    return fail(ErrorKind::BadInput, fmt::format("{} elements of {} bytes do not fit in memory", count, elementBytes));
  }
  return allocate(size);
}

} // namespace clew

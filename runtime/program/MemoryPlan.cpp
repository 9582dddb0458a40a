// Greedy placement by size with best fit, as in "Efficient Memory Management for Deep Neural Net Inference" (arXiv:2001.03288).
#include "runtime/program/MemoryPlan.h"

#include "runtime/base/Rounding.h"
#include "runtime/program/Executor.h"

#include <algorithm>
#include <fmt/format.h>

namespace clew {

namespace {

constexpr int64_t maxBytes = int64_t{1} << 46;

/// A buffer that has its place.
struct Placed {
  int64_t begin;
  int64_t end;
  int32_t first;
  int32_t last;
};

/// The smallest gap of at least `bytes` among `placed` (sorted by begin) as seen by a life [first, last], else the end of all that
/// it meets.
int64_t findPlace(const std::vector<Placed> &placed, int64_t bytes, int32_t first, int32_t last) {
  int64_t best = -1;
  int64_t bestGap = INT64_MAX;
  int64_t end = 0;
  for (const Placed &other : placed) {
    if (other.last < first || other.first > last) {
      continue;
    }
    const int64_t gap = other.begin - end;
    if (gap >= bytes && gap < bestGap) {
      best = end;
      bestGap = gap;
    }
    end = std::max(end, other.end);
  }
  return best >= 0 ? best : end;
}

int64_t mostAlive(std::span<const Buffer> buffers, std::span<const int64_t> bytes) {
  int64_t most = 0;
  for (const Buffer &at : buffers) { // the most is reached at some buffer's first step
    int64_t alive = 0;
    for (size_t i = 0; i < buffers.size(); ++i) {
      alive += buffers[i].first <= at.first && at.first <= buffers[i].last ? bytes[i] : 0;
    }
    most = std::max(most, alive);
  }
  return most;
}

} // namespace

Result<int64_t> plannedBytes(const Buffer &buffer, const BatchSize &size) {
  int64_t bytes = 0;
  const int64_t rows = roundUp(buffer.rows.at(size), kRowBlock);
  if (__builtin_mul_overflow(rows, buffer.columnsAt(size), &bytes) ||
      __builtin_mul_overflow(bytes, static_cast<int64_t>(bytesOf(buffer.dtype)), &bytes) || bytes > maxBytes) {
    return fail(ErrorKind::BadInput, fmt::format("{} rows of '{}' need more memory than can be addressed",
                                                 buffer.rows.at(size), buffer.name));
  }
  return roundUp(bytes, kAlignment);
}

Result<MemoryPlan> planMemory(std::span<const Buffer> buffers, const BatchSize &size) {
  MemoryPlan plan;
  plan.offsets.assign(buffers.size(), -1);
  std::vector<int64_t> bytes(buffers.size(), 0);
  std::vector<size_t> order;
  for (size_t i = 0; i < buffers.size(); ++i) {
    if (buffers[i].local) {
      continue;
    }
    auto needed = plannedBytes(buffers[i], size);
    if (!needed) {
      return fail(needed);
    }
    bytes[i] = *needed;
    order.push_back(i);
  }
  std::ranges::sort(order, [&](size_t a, size_t b) { return bytes[a] != bytes[b] ? bytes[a] > bytes[b] : a < b; });
  std::vector<Placed> placed;
  for (size_t i : order) {
    const Buffer &buffer = buffers[i];
    const int64_t begin = findPlace(placed, bytes[i], buffer.first, buffer.last);
    const Placed mine{begin, begin + bytes[i], buffer.first, buffer.last};
    placed.insert(std::ranges::upper_bound(placed, begin, {}, &Placed::begin), mine);
    plan.offsets[i] = begin;
    plan.bytes = std::max(plan.bytes, mine.end);
    if (plan.bytes > maxBytes) {
      return fail(ErrorKind::BadInput,
                  fmt::format("a batch of {} sequences needs more memory than can be addressed", size.front().count));
    }
  }
  plan.lowerBound = mostAlive(buffers, bytes);
  return plan;
}

} // namespace clew

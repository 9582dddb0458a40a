// Everything that a kernel may rely on about its inputs is checked here, once a batch.
#include "runtime/program/Batch.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace clew {

namespace {

Result<BatchSize> checkOffsets(const Program &program, const Batch &batch) {
  const auto &offsets = batch.offsets;
  if (offsets.size() < 2 || offsets.size() > INT32_MAX || batch.ids.size() > INT32_MAX) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected offsets of at least one row and less than 2^31 tokens, found {} offsets and "
                            "{} ids",
                            offsets.size(), batch.ids.size()));
  }
  const auto tokens = static_cast<int64_t>(batch.ids.size());
  BatchSize size{tokens, static_cast<int64_t>(offsets.size()) - 1, 0};
  if (offsets.front() != 0) {
    return fail(ErrorKind::BadInput, fmt::format("offsets must begin with 0, found {}", offsets.front()));
  }
  for (size_t row = 0; row + 1 < offsets.size(); ++row) {
    const int64_t length = static_cast<int64_t>(offsets[row + 1]) - offsets[row];
    if (length < 0) {
      return fail(ErrorKind::BadInput,
                  fmt::format("row {}: offsets fall from {} to {}", row, offsets[row], offsets[row + 1]));
    }
    if (length == 0) {
      return fail(ErrorKind::BadInput, fmt::format("row {} is empty", row));
    }
    if (program.maxLength > 0 && length > program.maxLength) {
      return fail(ErrorKind::BadInput,
                  fmt::format("row {} has {} tokens, the model takes at most {}", row, length, program.maxLength));
    }
    size.longest = std::max(size.longest, length);
  }
  if (offsets.back() != tokens) {
    return fail(ErrorKind::BadInput,
                fmt::format("offsets must end with the number of ids, {}, found {}", tokens, offsets.back()));
  }
  return size;
}

/// All values in 0..limit-1, or the first that is not, by row and token.
Result<void> checkRange(std::span<const int32_t> values, std::span<const int32_t> offsets, int64_t limit,
                        std::string_view what) {
  const auto bad = std::ranges::find_if(values, [limit](int32_t value) { return value < 0 || value >= limit; });
  if (bad == values.end()) {
    return {};
  }
  const auto token = static_cast<int32_t>(bad - values.begin());
  const auto row = std::ranges::upper_bound(offsets, token) - offsets.begin() - 1;
  return fail(ErrorKind::BadInput, fmt::format("row {}, token {}: {} {} is not in 0..{}", row,
                                               token - offsets[static_cast<size_t>(row)], what, *bad, limit - 1));
}

} // namespace

Result<BatchSize> checkBatch(const Program &program, const Batch &batch) {
  auto size = checkOffsets(program, batch);
  if (!size) {
    return size;
  }
  if (!batch.segments.empty() && batch.segments.size() != batch.ids.size()) {
    return fail(ErrorKind::BadInput, fmt::format("{} segments for {} ids", batch.segments.size(), batch.ids.size()));
  }
  if (auto ok = checkRange(batch.ids, batch.offsets, program.vocabulary, "id"); !ok) {
    return fail(ok);
  }
  if (program.segments > 0) {
    if (auto ok = checkRange(batch.segments, batch.offsets, program.segments, "segment"); !ok) {
      return fail(ok);
    }
  }
  return size;
}

void derive(const Program &program, const Batch &batch, const BatchSize &size, DerivedInputs &derived) {
  const auto &offsets = batch.offsets;
  derived.positions.resize(batch.ids.size());
  for (size_t row = 0; row + 1 < offsets.size(); ++row) {
    std::iota(derived.positions.begin() + offsets[row], derived.positions.begin() + offsets[row + 1], 0);
  }
  derived.order.resize(static_cast<size_t>(size.batch));
  std::iota(derived.order.begin(), derived.order.end(), 0);
  const auto lengthOf = [&](int32_t row) {
    return offsets[static_cast<size_t>(row) + 1] - offsets[static_cast<size_t>(row)];
  };
  std::ranges::sort(derived.order, [&](int32_t a, int32_t b) {
    return lengthOf(a) != lengthOf(b) ? lengthOf(a) > lengthOf(b) : a < b;
  });
  derived.counts.assign(
      {static_cast<int32_t>(size.tokens), static_cast<int32_t>(size.batch), static_cast<int32_t>(size.longest)});
  if (program.segments > 0 && batch.segments.empty() && derived.zeroSegments.size() < batch.ids.size()) {
    derived.zeroSegments.resize(batch.ids.size());
  }
}

} // namespace clew

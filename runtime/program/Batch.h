// A packed batch as callers give it, its checks, and what is derived from it.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/program/Program.h"

#include <span>
#include <string_view>
#include <vector>

namespace clew {

/// Values or offsets, by the name of the Program's input.
struct BatchInput {
  std::string_view name;
  std::span<const int32_t> values;
};

/// Sequences one after the other, without padding. The memory is the caller's and must stay until run() returns. What most models read has
/// a place of its own.
struct Batch {
  std::span<const int32_t> ids;      ///< [tokens]
  std::span<const int32_t> segments; ///< [tokens], or empty: all zero; nothing reads them where the model has none
  std::span<const int32_t> offsets;  ///< [batch + 1]: 0, ..., tokens
  std::span<const BatchInput> others = {}; ///< what else the Program reads, each once

  /// What the batch has of that name, empty if nothing.
  std::span<const int32_t> find(std::string_view name) const;
};

/// The arrays that a Program's inputs derive from a batch; reused from batch to batch.
struct DerivedInputs {
  std::vector<std::vector<int32_t>> arrays; ///< by index into Program::inputs: those that are derived
  std::vector<int32_t> zeros;               ///< for optional values that the batch does not have
  std::vector<const void *> pointers;       ///< by index into Program::inputs: all of them but what is carried
};

/// Checks a batch against what the Program accepts and returns its size. BadInput that names the element ("row 2, token 3"): no sequence
/// at all, an input that is missing or unknown, offsets that do not rise from 0 to the number of elements, an element of the level above
/// that has none or more than it may, values out of range or of another number than there are elements.
Result<BatchSize> checkBatch(const Program &program, const Batch &batch);

/// Fills `derived` for a checked batch; what is carried stays null.
void derive(const Program &program, const Batch &batch, const BatchSize &size, DerivedInputs &derived);

} // namespace clew

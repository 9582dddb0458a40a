// TrainingRows: a labelled split as token sequences with what their logits are to say, and the batches of an epoch.
#pragma once

#include "runtime/program/Batch.h"
#include "suites/data/Dataset.h"
#include "suites/run/RowEncoder.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace clew {

/// Sequences of one batch, packed, with their targets.
struct TrainingBatch {
  std::vector<int32_t> ids, segments, offsets, labels;
  std::vector<BatchInput> others; ///< `labels`, by name

  Batch batch() { return {ids, segments, offsets, others}; }
};

class TrainingRows {
public:
  /// Encodes and labels all rows. Tokens that are not judged ([CLS], [SEP]) get the target `elsewhere`. BadInput that names the row for text
  /// that is no UTF-8; Unsupported for kinds of tasks that have no targets yet.
  static Result<TrainingRows> create(const Task &task, std::span<const Row> rows, const RowEncoder &encoder,
                                     int32_t elsewhere);

  int64_t sequences() const { return static_cast<int64_t>(offsets.size()) - 1; }
  int64_t tokens() const { return static_cast<int64_t>(ids.size()); }
  int64_t longest() const;

  /// The first sequence whose tokens are others than in `rows`; nothing if all are the same.
  std::optional<int64_t> firstOther(const TrainingRows &rows) const;
  /// How many of the sequences of `judged` have the label that is most frequent here, as a share; 0 where each token has a label.
  double majorityShare(const TrainingRows &judged) const;

  /// The sequences `numbers` in this order.
  void fill(std::span<const int64_t> numbers, TrainingBatch &out) const;

private:
  bool perToken = true;
  std::vector<int32_t> ids, segments, offsets = {0}, labels;
};

/// 0 .. count-1 in an order that depends on nothing but seed and epoch: Fisher and Yates with random words of (seed, epoch).
std::vector<int64_t> shuffled(int64_t count, uint64_t seed, uint64_t epoch);

} // namespace clew

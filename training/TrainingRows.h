// TrainingRows: a labelled split as token sequences with what their logits are to say, and the batches of an epoch.
#pragma once

#include "runtime/program/Batch.h"
#include "suites/data/Dataset.h"
#include "suites/run/RowEncoder.h"

#include <cstdint>
#include <span>
#include <vector>

namespace clew {

/// Token sequences one after the other.
struct PackedTokens {
  std::vector<int32_t> ids, segments, offsets = {0};

  int64_t sequences() const { return static_cast<int64_t>(offsets.size()) - 1; }
  std::span<const int32_t> idsOf(int64_t sequence) const;
  void clear();
  /// Appends a sequence of another.
  void append(const PackedTokens &from, int64_t sequence);
};

/// Sequences of one batch, packed, with their targets.
struct TrainingBatch {
  PackedTokens tokens, teacher;
  std::vector<int32_t> labels;
  std::vector<int32_t> places; ///< of each token in its sequence of `teacher`
  std::vector<BatchInput> others;

  Batch batch() { return {tokens.ids, tokens.segments, tokens.offsets, others}; }
};

class TrainingRows {
public:
  /// Encodes and labels all rows. Tokens that are not judged ([CLS], [SEP]) get the target `elsewhere`. BadInput that names the row for
  /// text that is no UTF-8; Unsupported for kinds of tasks that have no targets yet.
  static Result<TrainingRows> create(const Task &task, std::span<const Row> rows, const RowEncoder &encoder,
                                     int32_t elsewhere);

  /// Adds the sequences that a teacher reads of the same rows, and for each token of ours where the teacher has what it stands for: the
  /// same token, or where the tokenizers differ the one that covers its first character, or the next; special tokens before and after
  /// the text meet the first and the last. BadInput that names the row if the teacher makes other sequences of it, reads less of it, or
  /// other tokens of two texts.
  Result<void> addTeacher(const Task &task, std::span<const Row> rows, const RowEncoder &encoder);

  int64_t sequences() const { return tokens.sequences(); }
  int64_t count() const { return static_cast<int64_t>(tokens.ids.size()); }
  int64_t longest() const;
  /// How many of the sequences of `judged` have the label that is most frequent here, as a share; 0 where each token has a label.
  double majorityShare(const TrainingRows &judged) const;

  /// The sequences `numbers` in this order. Of the inputs beside tokens those that `program` reads are given.
  void fill(const Program &program, std::span<const int64_t> numbers, TrainingBatch &out) const;

private:
  bool perToken = true;
  PackedTokens tokens, teacher;
  std::vector<int32_t> labels;
  std::vector<int32_t> begins; ///< [tokens]: the first code point; -1 for special tokens
  std::vector<int32_t> rowOf;  ///< [sequences]
  std::vector<int32_t> places; ///< [tokens], if there is a teacher
};

/// 0 .. count-1 in an order that depends on nothing but seed and epoch: Fisher and Yates with random words of (seed, epoch).
std::vector<int64_t> shuffled(int64_t count, uint64_t seed, uint64_t epoch);

} // namespace clew

// RowEncoder: a task's rows to token sequences, as a model reads them.
#pragma once

#include "runtime/text/WordPiece.h"
#include "suites/data/Dataset.h"
#include "suites/run/EncodedRows.h"

#include <memory>

namespace clew {

/// Rows to tokens for one task. Safe to use from many threads.
class RowEncoder {
public:
  /// classify [CLS] a [SEP]; pair [CLS] a [SEP] b [SEP], the longer text cut first; tag [CLS] one token a character [SEP]; span
  /// [CLS] question [SEP] window [SEP]. `longest` is the lesser of the task's and the model's. `specials` is false for models that take bare
  /// characters (bilstm).
  static Result<RowEncoder> create(const Task &task, WordPiece tokenizer, int64_t longest, bool specials);

  /// Appends one row's sequences (window rows: several). `row` is its index for Sequence::row.
  Result<void> append(const Row &example, int32_t row, EncodedRows &out) const;

  const WordPiece &tokenizer() const;
  /// Whether sequences have [CLS] and [SEP].
  bool specials() const;

private:
  struct Impl;
  std::shared_ptr<const Impl> impl;
};

} // namespace clew

// Pipeline: text in, predictions out. A task's rows become token batches, a Session runs them, logits become predictions. The one path that
// predict, the accuracy run and every timed query take.
#pragma once

#include "runtime/program/Session.h"
#include "runtime/text/WordPiece.h"
#include "suites/data/Dataset.h"
#include "suites/metrics/Prediction.h"

#include <memory>

namespace clew {

/// The token sequences of some rows, packed; a long span row gives several (windows). Reused from batch to batch.
struct EncodedRows {
  struct Sequence {
    int32_t row = 0;        ///< index into the rows given
    int32_t textBegin = 0;  ///< first token of the text that is judged (after [CLS]; span: after the question)
    int32_t textTokens = 0; ///< how many of its tokens are here
  };
  std::vector<int32_t> ids;
  std::vector<int32_t> segments;
  std::vector<int32_t> offsets; ///< [sequences + 1]
  std::vector<Sequence> sequences;
  std::vector<int32_t>
      begins; ///< [tokens]: code point at which the token's text begins; -1 for special tokens and questions
  std::vector<int32_t> ends; ///< [tokens]: one past its last; -1

  Batch batch() const { return {ids, segments, offsets}; }
  void clear();
};

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

/// Logits to predictions, by the rules of docs/text-to-labels.md. `logits` are those of `encoded`; `predictions[i]` belongs to
/// `rows[i]`. Characters that were cut off are tagged O.
/// BadInput that names the row if its logits are not finite; Internal if logits and batch do not fit each other.
Result<void> decode(const Task &task, std::span<const Row> rows, const EncodedRows &encoded, const OutputView &logits,
                    std::vector<Prediction> &predictions);

} // namespace clew

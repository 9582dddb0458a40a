// RowEncoder: a task's rows to token sequences, as a model reads them.
#pragma once

#include "runtime/text/Tokenizer.h"
#include "suites/data/Dataset.h"
#include "suites/run/EncodedRows.h"
#include "zoo/Model.h"

#include <memory>
#include <optional>
#include <string>

namespace clew {

/// Rows to tokens for one task. Safe to use from many threads.
class RowEncoder {
public:
  /// The tokenizer's form says where special tokens stand, the kind's sequence form which of its forms is filled with what: one text, or one
  /// token a character, in the single form; two texts in the pair form, the longer one cut first; windows of a text in the pair form as B,
  /// with the other text as A, or in the single form. `longest` is the lesser of the task's, the model's and the tokenizer's. Unsupported if the form is not there,
  /// BadInput if `longest` leaves no room for text.
  static Result<RowEncoder> create(const Task &task, std::shared_ptr<const Tokenizer> tokenizer, int64_t longest);

  /// Appends one row's sequences (rows with windows or choices: several). `row` is its index for Sequence::row.
  Result<void> append(const Row &example, int32_t row, EncodedRows &out) const;

  /// Appends a sequence of `count` unknown tokens, of which nothing is judged.
  void appendUnknown(int64_t count, EncodedRows &out) const;

  const std::shared_ptr<const Tokenizer> &tokenizer() const;

private:
  struct Impl;
  std::shared_ptr<const Impl> impl;
};

/// Why the model cannot read the task's rows (texts do not give all that it reads, or it has no form for two); nothing if it can. For plans:
/// such a cell is left out.
std::optional<std::string> cannotRead(const Model &model, const Task &task);

} // namespace clew

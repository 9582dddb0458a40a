// Logits to predictions: checks that the logits are those of the batch, and gives each row's sequences to its kind's decoding.
#include "suites/run/Decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace clew {
namespace {

bool judgesTokens(const Task &task) { return task.kind->sequence.logits == SequenceForm::Logits::Token; }

Result<void> checkShapes(const Task &task, std::span<const Row> rows, const EncodedRows &encoded,
                         const OutputView &logits) {
  const auto wanted = static_cast<int64_t>(judgesTokens(task) ? encoded.ids.size() : encoded.sequences.size());
  if (logits.rows != wanted || logits.columns != task.outputs()) {
    return fail(ErrorKind::Internal, fmt::format("logits for '{}': expected {} x {}, found {} x {}", task.name, wanted,
                                                 task.outputs(), logits.rows, logits.columns));
  }
  for (const EncodedRows::Sequence &sequence : encoded.sequences) {
    if (sequence.row < 0 || static_cast<size_t>(sequence.row) >= rows.size()) {
      return fail(ErrorKind::Internal, fmt::format("a sequence of row {} of {}", sequence.row, rows.size()));
    }
  }
  return {};
}

/// What belongs to one sequence: a row of the logits, or the rows of its judged tokens.
SequenceLogits logitsOf(const Task &task, const EncodedRows &encoded, const OutputView &logits, size_t index) {
  const EncodedRows::Sequence &sequence = encoded.sequences[index];
  const size_t columns = static_cast<size_t>(logits.columns);
  const auto first = static_cast<size_t>(sequence.textBegin);
  const auto count = static_cast<size_t>(sequence.textTokens);
  return {judgesTokens(task) ? logits.values().subspan(first * columns, count * columns)
                             : logits.values().subspan(index * columns, columns),
          std::span(encoded.begins).subspan(first, count), std::span(encoded.ends).subspan(first, count)};
}

} // namespace

Result<void> decode(const Task &task, std::span<const Row> rows, const EncodedRows &encoded, const OutputView &logits,
                    std::vector<Prediction> &predictions) {
  if (Result<void> fits = checkShapes(task, rows, encoded, logits); !fits) {
    return fits;
  }
  predictions.resize(rows.size());
  thread_local std::vector<SequenceLogits> ofRow; // kept, so that decoding takes no memory
  for (size_t i = 0; i < encoded.sequences.size();) {
    const int32_t index = encoded.sequences[i].row;
    const Row &row = rows[static_cast<size_t>(index)];
    ofRow.clear();
    for (; i < encoded.sequences.size() && encoded.sequences[i].row == index; ++i) {
      ofRow.push_back(logitsOf(task, encoded, logits, i));
      if (!std::ranges::all_of(ofRow.back().values, [](float x) { return std::isfinite(x); })) {
        return fail(
            ErrorKind::BadInput,
            fmt::format("row {}: the model's scores are no finite numbers (are the weights sound?)", render(row.id)));
      }
    }
    Prediction &prediction = predictions[static_cast<size_t>(index)];
    prediction.id = row.id;
    task.kind->decode(task, row, ofRow, prediction.answer);
  }
  return {};
}

} // namespace clew

// Logits to predictions: checks that the logits are those of the batch, and gives each sequence to its kind's decoding.
#include "suites/run/Decode.h"

#include "suites/run/DecodeParts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace clew {
namespace {

/// As Task::outputs, which makes the columns' names for it.
int64_t columnsOf(const Task &task) {
  const auto labels = static_cast<int64_t>(task.labels.size());
  return task.kind == TaskKind::Span ? 2 : task.kind == TaskKind::Tag ? 1 + 2 * labels : labels;
}

bool judgesTokens(const Task &task) { return task.kind == TaskKind::Tag || task.kind == TaskKind::Span; }

Result<void> checkShapes(const Task &task, std::span<const Row> rows, const EncodedRows &encoded,
                         const OutputView &logits) {
  const auto wanted = static_cast<int64_t>(judgesTokens(task) ? encoded.ids.size() : encoded.sequences.size());
  if (logits.rows != wanted || logits.columns != columnsOf(task)) {
    return fail(ErrorKind::Internal, fmt::format("logits for '{}': expected {} x {}, found {} x {}", task.name, wanted,
                                                 columnsOf(task), logits.rows, logits.columns));
  }
  for (const EncodedRows::Sequence &sequence : encoded.sequences) {
    if (sequence.row < 0 || static_cast<size_t>(sequence.row) >= rows.size()) {
      return fail(ErrorKind::Internal, fmt::format("a sequence of row {} of {}", sequence.row, rows.size()));
    }
  }
  return {};
}

/// What belongs to one sequence: a row of the logits, or the rows of its judged tokens.
std::span<const float> logitsOf(const Task &task, const EncodedRows &encoded, const OutputView &logits, size_t index) {
  const EncodedRows::Sequence &sequence = encoded.sequences[index];
  const size_t columns = static_cast<size_t>(logits.columns);
  return judgesTokens(task) ? logits.values().subspan(static_cast<size_t>(sequence.textBegin) * columns,
                                                      static_cast<size_t>(sequence.textTokens) * columns)
                            : logits.values().subspan(index * columns, columns);
}

void reset(const Row &row, Prediction &prediction) {
  prediction.id = row.id;
  prediction.label = -1;
  prediction.start = -1;
  prediction.text.clear();
  prediction.probs.clear();
  prediction.entities.clear();
  prediction.answer.clear();
}

void decodeAnswer(const Row &row, const BestSpan &best, Prediction &prediction) {
  if (best.begin >= 0) {
    prediction.start = best.begin;
    prediction.answer = codePoints(row.first, best.begin, best.end);
  }
}

} // namespace

int32_t argmax(std::span<const float> values) {
  return static_cast<int32_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

void softmax(std::span<const float> logits, std::vector<float> &probs) {
  const float greatest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  probs.resize(logits.size());
  for (size_t i = 0; i < logits.size(); ++i) {
    probs[i] = std::exp(logits[i] - greatest);
    sum += probs[i];
  }
  for (float &p : probs) {
    p = static_cast<float>(p / sum);
  }
}

Result<void> decode(const Task &task, std::span<const Row> rows, const EncodedRows &encoded, const OutputView &logits,
                    std::vector<Prediction> &predictions) {
  if (Result<void> fits = checkShapes(task, rows, encoded, logits); !fits) {
    return fits;
  }
  predictions.resize(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    reset(rows[i], predictions[i]);
  }
  BestSpan best;
  for (size_t i = 0; i < encoded.sequences.size(); ++i) {
    const EncodedRows::Sequence &sequence = encoded.sequences[i];
    const Row &row = rows[static_cast<size_t>(sequence.row)];
    Prediction &prediction = predictions[static_cast<size_t>(sequence.row)];
    const std::span<const float> values = logitsOf(task, encoded, logits, i);
    if (!std::ranges::all_of(values, [](float x) { return std::isfinite(x); })) {
      return fail(
          ErrorKind::BadInput,
          fmt::format("row {}: the model's scores are no finite numbers (are the weights sound?)", render(row.id)));
    }
    const auto first = static_cast<size_t>(sequence.textBegin);
    const auto count = static_cast<size_t>(sequence.textTokens);
    const auto begins = std::span(encoded.begins).subspan(first, count);
    const auto ends = std::span(encoded.ends).subspan(first, count);
    if (task.kind == TaskKind::Tag) {
      decodeTags(task, values, begins, ends, prediction.entities);
    } else if (task.kind == TaskKind::Span) {
      best = i > 0 && encoded.sequences[i - 1].row == sequence.row ? best : BestSpan{};
      improveSpan(task.longestAnswer, values, begins, ends, best);
      decodeAnswer(row, best, prediction);
    } else {
      softmax(values, prediction.probs);
      prediction.label = argmax(values);
    }
  }
  return {};
}

} // namespace clew

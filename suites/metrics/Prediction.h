// Predictions: what a model says about rows; the file format between predict, bench, score and submit (JSON lines).
#pragma once

#include "runtime/base/Result.h"
#include "suites/data/Row.h"
#include "suites/data/Task.h"

#include <span>

namespace clew {

struct Prediction {
  RowId id;
  int32_t label = -1;           ///< classify, pair
  std::vector<float> probs;     ///< classify, pair: one a label, or empty
  std::string text;             ///< tag: the row's text, if the file gives it
  std::vector<Entity> entities; ///< tag, in order of begin, end and type
  /// Tag, of predictions read from a file: entities[i]'s string as written there, so that matchPredictions can hold it against the row. Else
  /// empty.
  std::vector<std::string> surfaces;
  std::string answer; ///< span
  int32_t start = -1; ///< span: code point in the context; -1: unknown
};

/// One line without its newline:
///   {"id": .., "label": "102", "probs": {..}} · {"id": 0, "text": "..", "label": {"name": {"叶老桂": [[9, 11]]}}} (inclusive ends) ·
///   {"id": "..", "answer": "..", "start": n}
/// `row` gives a tag prediction its text, within which the entities lie. The prediction's own id is written. A probability that is no number
/// becomes null, which readers refuse.
std::string renderPrediction(const Task &task, const Row &row, const Prediction &prediction);

/// Reads a file of them, in its order; blank lines and unknown keys (official submissions have label_desc) are passed over, and a label may be
/// a JSON number. BadInput with FILE:LINE for the first line that is malformed, has an unknown label, probabilities outside 0..1 or not one a
/// label, entities outside their text or other than what stands there; for lines over 1 MiB, and for more than 10^7 lines.
Result<std::vector<Prediction>> readPredictions(const Task &task, const std::string &path);

/// Predictions in the order of `rows`. Ids match as they print: 7 and "7" are one. BadInput that names them (the first ten) for missing, doubled
/// and unknown ids, and for tag texts or entities that are not the row's.
Result<std::vector<Prediction>> matchPredictions(std::span<const Row> rows, std::vector<Prediction> predictions,
                                                 const std::string &path);

} // namespace clew

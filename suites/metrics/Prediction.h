// Prediction files: the format between predict, bench, score and submit (JSON lines), and who its lines are about.
#pragma once

#include "runtime/base/Result.h"
#include "suites/data/Row.h"
#include "suites/data/Task.h"

#include <span>

namespace clew {

/// One line without its newline:
///   {"id": .., "label": "102", "probs": {..}} · {"id": 0, "text": "..", "label": {"name": {"叶老桂": [[9, 11]]}}} (inclusive ends) ·
///   {"id": "..", "answer": "..", "start": n}
/// `row` gives a tag prediction its text, within which the entities lie. The prediction's own id is written. A probability that is no number
/// becomes null, which readers refuse.
inline std::string renderPrediction(const Task &task, const Row &row, const Prediction &prediction) {
  return task.kind->render(task, row, prediction);
}

/// Reads a file of them, in its order; blank lines and unknown keys (official submissions have label_desc) are passed over, and a label may be
/// a JSON number. What boards take is read too, so also one JSON document {id: answer} where the task's kind has that form. BadInput with
/// FILE:LINE for the first line that is malformed, has an unknown label, probabilities outside 0..1 or not one a label, entities outside their
/// text or other than what stands there; for lines over 1 MiB, and for more than 10^7 lines.
Result<std::vector<Prediction>> readPredictions(const Task &task, const std::string &path);
/// The same of a file's text that somebody has opened; `path` is for messages.
Result<std::vector<Prediction>> parsePredictions(const Task &task, std::string_view text, const std::string &path);

struct MatchedPredictions {
  std::vector<Prediction> predictions; ///< in the order of the rows
  int64_t ofSkipped = 0;               ///< how many more there were, about rows that the task skips: not judged
};

/// Brings predictions into the order of `rows`. Ids match as they print: 7 and "7" are one. `skipped` rows may have a prediction each or
/// none. BadInput that names them (the first ten) for missing, doubled and unknown ids, and for answers that are not about their row.
Result<MatchedPredictions> matchPredictions(const Task &task, std::span<const Row> rows, std::span<const RowId> skipped,
                                            std::vector<Prediction> predictions, const std::string &path);

} // namespace clew

// Confidence: how sure a model is of what it says, part by part, for whoever keeps only what is sure. Beside decode and not in it, so that
// who is timed does not pay for it.
#pragma once

#include "runtime/session/Session.h"
#include "suites/data/Task.h"
#include "suites/metrics/Prediction.h"
#include "suites/run/EncodedRows.h"

#include <span>
#include <vector>

namespace clew {

/// Of each part of `predictions`, which decode() made of the same logits, a probability: out[i] belongs to predictions[i]. A label has its
/// share (softmax); an entity the least share that the best tag has of one of its tokens. Unsupported without a place for tasks whose answers
/// are something else; Internal if a row has not one sequence.
Result<void> confidences(const Task &task, const EncodedRows &encoded, const OutputView &logits,
                         std::span<const Prediction> predictions, std::vector<std::vector<float>> &out);

} // namespace clew

// decode: what the logits of some rows say. The other end of what RowEncoder begins.
#pragma once

#include "runtime/session/Session.h"
#include "suites/data/Dataset.h"
#include "suites/metrics/Prediction.h"
#include "suites/run/EncodedRows.h"

namespace clew {

/// Logits to predictions, by the rules of docs/text-to-labels.md. `logits` are those of `encoded`; `predictions[i]` belongs to
/// `rows[i]`. Characters that were cut off are tagged O.
/// BadInput that names the row if its logits are not finite; Internal if logits and batch do not fit each other.
Result<void> decode(const Task &task, std::span<const Row> rows, const EncodedRows &encoded, const OutputView &logits,
                    std::vector<Prediction> &predictions);

} // namespace clew

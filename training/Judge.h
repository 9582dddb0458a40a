// Judge: what weights are worth, by the same path that predicts and benchmarks.
#pragma once

#include "suites/metrics/Score.h"
#include "suites/run/Subject.h"

namespace clew {

/// The task's metrics of the Subject's answers to `rows`. Errors of runOffline and score.
Result<Scores> judge(Subject &subject, std::span<const Row> rows, int threads);

} // namespace clew

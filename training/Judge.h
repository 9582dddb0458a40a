// Judge: what weights are worth, by the same path that predicts and benchmarks.
#pragma once

#include "suites/metrics/Score.h"
#include "suites/run/Subject.h"

namespace clew {

/// The task's metrics of the Subject's answers to `rows`. Errors of runOffline and score.
Result<Scores> judge(Subject &subject, std::span<const Row> rows, int threads);

/// What always the most frequent label would score on these rows, per cent of them; 0 where rows have entities, for then it is to say nothing.
double majorityScore(std::span<const Row> rows);

} // namespace clew

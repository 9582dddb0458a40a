// BenchGroups: a plan's cells in the parts that may run on different machines. A group is what one model with one set of weights does on one
// task: it is loaded where it runs, and a lower precision finds the f32 score that it is held against.
#pragma once

#include "suites/run/BenchPlan.h"
#include "suites/run/Shard.h"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <vector>

namespace clew {

/// In the plan's order, which they do not change.
std::vector<std::span<const Configuration>> groupsOf(const BenchPlan &plan);

/// Keeps every shard.count-th group, from the shard.index-th on, so that shards are of about the same length whatever order a board has. What
/// is left out altogether is told by the first shard alone.
void keepShard(BenchPlan &plan, const Shard &shard);

/// A line of JSON for each group: what a job of its own would run, for any engine. `seconds` is how long its timed parts take at least.
/// Records' ids are not in it, because they name the machine that measures.
std::vector<nlohmann::ordered_json> planLines(const BenchPlan &plan);

} // namespace clew

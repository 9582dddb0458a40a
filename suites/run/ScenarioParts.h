// What the scenarios share: warming up and collecting times.
#pragma once

#include "suites/run/Scenario.h"

namespace clew {

struct Warmup {
  int64_t queries = 0;
  double secondsOfOne = 0; ///< a query, roughly
};

/// Answers rows, one at a time, for the share of time that the options give, and at least 4.
Result<Warmup> warmUp(SystemUnderTest &system, Clock &clock, const ScenarioOptions &options);

/// The times of timed queries.
struct Timing {
  std::vector<int64_t> latencies;
  std::vector<int64_t> modelLatencies;
  std::vector<int32_t> asked;
  int64_t finished = 0; ///< when the last answer was there
  int64_t modelNanoseconds = 0;
  int64_t tokens = 0;

  /// Has the rows answered together; scheduled[i] is when rows[i] was due.
  Result<void> ask(SystemUnderTest &system, Clock &clock, std::span<const int32_t> rows,
                   std::span<const int64_t> scheduled);
  /// Moves everything into `result`.
  void fill(ScenarioResult &result, int64_t begin);
};

struct RateRun {
  RateTried tried;
  ScenarioResult result;
};
/// The server at one rate: serves the queue, the oldest first, until all arrivals of `seconds` are answered or too many were late for the
/// bound, whereupon there are no percentiles.
Result<RateRun> tryRate(SystemUnderTest &system, Clock &clock, double rate, const ScenarioOptions &options);

} // namespace clew

// The server scenario: arrivals that wait for nobody, and the search for the rate that they may come at.
#include "suites/run/ScenarioParts.h"

#include "suites/records/EarlyStopping.h"

#include <algorithm>
#include <cmath>

namespace clew {
namespace {

constexpr int mostRates = 8;

struct Arrivals {
  std::vector<int32_t> rows;
  std::vector<int64_t> times; ///< since the run's begin
};

Arrivals drawArrivals(const SystemUnderTest &system, double rate, const ScenarioOptions &options) {
  Draws rows(options.seeds.queries);
  Draws gaps(options.seeds.arrivals);
  Arrivals arrivals;
  const auto end = static_cast<int64_t>(options.seconds * 1e9);
  for (int64_t time = gaps.gap(rate); time < end; time += gaps.gap(rate)) {
    arrivals.times.push_back(time);
    arrivals.rows.push_back(rows.row(system.rows()));
  }
  return arrivals;
}

} // namespace

Result<RateRun> tryRate(SystemUnderTest &system, Clock &clock, double rate, const ScenarioOptions &options) {
  const Arrivals arrivals = drawArrivals(system, rate, options);
  const size_t count = arrivals.rows.size();
  const auto bound = static_cast<int64_t>(options.boundMs * 1e6);
  // The estimate of p99 is within the bound as long as fewer than this many queries are over it.
  const int64_t lateAllowed = std::max<int64_t>(1, slowestToDrop(0.99, static_cast<int64_t>(count)));
  Timing timing;
  if (options.energy) {
    options.energy->begin();
  }
  const int64_t begin = clock.now();
  timing.finished = begin;
  int64_t late = 0;
  std::vector<int64_t> scheduled;
  for (size_t next = 0; next < count && late < lateAllowed;) {
    clock.waitUntil(begin + arrivals.times[next]);
    const int64_t now = clock.now();
    scheduled.clear();
    while (next + scheduled.size() < count && scheduled.size() < static_cast<size_t>(options.batch) &&
           begin + arrivals.times[next + scheduled.size()] <= now) {
      scheduled.push_back(begin + arrivals.times[next + scheduled.size()]);
    }
    const std::span<const int32_t> rows = std::span(arrivals.rows).subspan(next, scheduled.size());
    if (Result<void> asked = timing.ask(system, clock, rows, scheduled); !asked) {
      return fail(asked);
    }
    next += scheduled.size();
    late += std::ranges::count_if(scheduled, [&](int64_t due) { return timing.finished - due > bound; });
  }
  RateRun run;
  run.result.joules = options.energy ? options.energy->end() : run.result.joules;
  timing.fill(run.result, begin);
  run.tried = {rate, run.result.queries, run.result.textToLabel.p99, false};
  if (late >= lateAllowed) { // what was answered is not what would have been
    run.result.textToLabel = run.result.modelOnly = {};
    run.tried.p99.reset();
  }
  run.tried.held = run.tried.p99.has_value();
  return run;
}

Result<ScenarioResult> runServerAt(SystemUnderTest &system, Clock &clock, double rate, const ScenarioOptions &options) {
  const Result<Warmup> warmup = warmUp(system, clock, options);
  Result<RateRun> run = warmup ? tryRate(system, clock, rate, options) : fail(warmup);
  if (!run) {
    return fail(run);
  }
  ScenarioResult result = std::move(run->result);
  result.warmupQueries = warmup->queries;
  result.rates = {run->tried};
  result.rate = run->tried.held ? std::optional<double>(rate) : std::nullopt;
  return result;
}

Result<ScenarioResult> runServer(SystemUnderTest &system, Clock &clock, const ScenarioOptions &options) {
  const Result<Warmup> warmup = warmUp(system, clock, options);
  if (!warmup) {
    return fail(warmup);
  }
  std::optional<RateRun> best;
  std::optional<RateRun> lowest;
  double failing = 0; // the lowest rate that did not hold
  std::vector<RateTried> rates;
  double rate = 0.5 / warmup->secondsOfOne;
  for (int i = 0; i < mostRates; ++i) {
    Result<RateRun> run = tryRate(system, clock, rate, options);
    if (!run) {
      return fail(run);
    }
    rates.push_back(run->tried);
    if (run->tried.held) {
      best = std::move(*run);
    } else {
      failing = rate;
      if (!lowest || rate < lowest->tried.rate) {
        lowest = std::move(*run);
      }
    }
    rate = !best ? rate / 2 : failing == 0 ? rate * 2 : std::sqrt(best->tried.rate * failing);
  }
  ScenarioResult result = best ? std::move(best->result) : std::move(lowest->result);
  result.warmupQueries = warmup->queries;
  result.rate = best ? std::optional<double>(best->tried.rate) : std::nullopt;
  result.rates = std::move(rates);
  return result;
}

} // namespace clew

// Single stream and offline, and what all scenarios share.
#include "suites/run/Scenario.h"

#include "suites/run/ScenarioParts.h"

#include "suites/records/EarlyStopping.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace clew {

int64_t SteadyClock::now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void SteadyClock::waitUntil(int64_t time) {
  constexpr int64_t spin = 100'000; // a sleep may end so much too late
  if (const int64_t left = time - now(); left > spin) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(left - spin));
  }
  while (now() < time) {
  }
}

int64_t Draws::gap(double ratePerSecond) {
  const double uniform = (static_cast<double>(generator()) + 0.5) / 4294967296.0; // in (0, 1)
  return static_cast<int64_t>(-std::log(uniform) / ratePerSecond * 1e9);
}

Percentiles percentilesOf(std::vector<int64_t> latencies) {
  std::ranges::sort(latencies);
  const auto estimate = [&](double percentile) {
    const std::optional<int64_t> found = estimatePercentile(latencies, percentile);
    return found ? std::optional<double>(static_cast<double>(*found) / 1e6) : std::nullopt;
  };
  return {estimate(0.5), estimate(0.9), estimate(0.99)};
}

Result<void> Timing::ask(SystemUnderTest &system, Clock &clock, std::span<const int32_t> rows,
                         std::span<const int64_t> scheduled) {
  const Result<Work> work = system.answer(rows);
  if (!work) {
    return fail(work);
  }
  finished = clock.now();
  for (size_t i = 0; i < rows.size(); ++i) {
    latencies.push_back(finished - scheduled[i]);
    modelLatencies.push_back(work->modelNanoseconds);
    asked.push_back(rows[i]);
  }
  modelNanoseconds += work->modelNanoseconds;
  tokens += work->tokens;
  return {};
}

void Timing::fill(ScenarioResult &result, int64_t begin) {
  result.queries = static_cast<int64_t>(latencies.size());
  result.seconds = static_cast<double>(finished - begin) / 1e9;
  result.modelSeconds = static_cast<double>(modelNanoseconds) / 1e9;
  result.tokens = tokens;
  result.asked = std::move(asked);
  result.textToLabel = percentilesOf(std::move(latencies));
  result.modelOnly = percentilesOf(std::move(modelLatencies));
}

Result<Warmup> warmUp(SystemUnderTest &system, Clock &clock, const ScenarioOptions &options) {
  // Not the draws of the timed part: those queries are to be as new as any.
  Draws draws(options.seeds.queries + 0x9E3779B9u);
  const int64_t begin = clock.now();
  const int64_t end = begin + static_cast<int64_t>(options.seconds * options.warmupShare * 1e9);
  Warmup warmup;
  int64_t half = begin;
  constexpr int64_t least = 4;
  for (int64_t now = begin; now < end || warmup.queries < least; now = clock.now()) {
    if (warmup.queries == least / 2) {
      half = now;
    }
    const int32_t row = draws.row(system.rows());
    const Result<Work> work = system.answer({&row, 1});
    if (!work) {
      return fail(work);
    }
    ++warmup.queries;
  }
  // The first ones lay out memory and are slow: the rate is the others'.
  warmup.secondsOfOne =
      std::max(1e-9, static_cast<double>(clock.now() - half) / 1e9 / static_cast<double>(warmup.queries - least / 2));
  return warmup;
}

Result<ScenarioResult> runSingleStream(SystemUnderTest &system, Clock &clock, const ScenarioOptions &options) {
  const Result<Warmup> warmup = warmUp(system, clock, options);
  if (!warmup) {
    return fail(warmup);
  }
  Draws draws(options.seeds.queries);
  Timing timing;
  if (options.energy) {
    options.energy->begin();
  }
  const int64_t begin = clock.now();
  const int64_t end = begin + static_cast<int64_t>(options.seconds * 1e9);
  timing.finished = begin;
  while (timing.finished < end) {
    const int32_t row = draws.row(system.rows());
    const int64_t scheduled = timing.finished;
    if (Result<void> asked = timing.ask(system, clock, {&row, 1}, {&scheduled, 1}); !asked) {
      return fail(asked);
    }
  }
  ScenarioResult result;
  result.warmupQueries = warmup->queries;
  result.joules = options.energy ? options.energy->end() : result.joules;
  timing.fill(result, begin);
  return result;
}

Result<ScenarioResult> runOfflineScenario(SystemUnderTest &system, Clock &clock, const ScenarioOptions &options) {
  const Result<Warmup> warmup = warmUp(system, clock, options);
  if (!warmup) {
    return fail(warmup);
  }
  const auto most = static_cast<double>(system.rows());
  Draws draws(options.seeds.queries);
  std::vector<int32_t> rows;
  const auto draw = [&](double count) {
    rows.resize(static_cast<size_t>(std::clamp(count, 1.0, most)));
    std::ranges::generate(rows, [&] { return draws.row(system.rows()); });
  };
  // A small run: batches have shapes of their own to warm, and it tells how many rows fit into the time.
  draw(options.seconds * options.warmupShare / warmup->secondsOfOne);
  int64_t took = 0;
  if (const Result<Work> small = system.answerAll(rows, took); !small) {
    return fail(small);
  }
  const int64_t warmupQueries = warmup->queries + static_cast<int64_t>(rows.size());
  const double fitting =
      options.seconds * 1e9 / static_cast<double>(std::max<int64_t>(took, 1)) * static_cast<double>(rows.size());
  ScenarioResult result;
  result.warmupQueries = warmupQueries;
  int64_t nanoseconds = 0;
  int64_t modelNanoseconds = 0;
  bool counted = true;
  while (static_cast<double>(nanoseconds) < options.seconds * 1e9) {
    draw(fitting);
    const Result<Work> work = system.answerAll(rows, took);
    if (!work) {
      return fail(work);
    }
    nanoseconds += std::max<int64_t>(took, 1);
    modelNanoseconds += work->modelNanoseconds;
    result.tokens += work->tokens;
    counted = counted && !work->joules.empty();
    for (const auto &[counter, joules] : work->joules) {
      result.joules[counter] += joules;
    }
    result.asked.insert(result.asked.end(), rows.begin(), rows.end());
  }
  if (!counted) { // those of some runs are not those of all
    result.joules.clear();
  }
  result.queries = static_cast<int64_t>(result.asked.size());
  result.seconds = static_cast<double>(nanoseconds) / 1e9;
  result.modelSeconds = static_cast<double>(modelNanoseconds) / 1e9;
  return result;
}

} // namespace clew

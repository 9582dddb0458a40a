// Scenarios on a clock that only moves when the system under test works: every time is known.
#include "suites/run/ScenarioParts.h"

#include "suites/records/EarlyStopping.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

namespace clew {
namespace {

constexpr int64_t ms = 1'000'000;

struct FakeClock final : Clock {
  int64_t time = 5'000;
  int64_t now() override { return time; }
  void waitUntil(int64_t until) override { time = std::max(time, until); }
};

/// Each call takes what `takes` says; half of it in the model.
struct FakeSystem final : SystemUnderTest {
  FakeSystem(FakeClock &clock, std::function<int64_t(std::span<const int32_t>)> takes)
      : clock(clock), takes(std::move(takes)) {}
  int64_t rows() const override { return 100; }
  Result<Work> answer(std::span<const int32_t> asked) override {
    if (calls == failAt) {
      return fail(ErrorKind::Io, "broke");
    }
    ++calls;
    largest = std::max(largest, asked.size());
    const int64_t took = takes(asked);
    clock.time += took;
    return Work{took / 2, static_cast<int64_t>(asked.size()) * 10};
  }
  Result<Work> answerAll(std::span<const int32_t> asked, int64_t &nanoseconds) override {
    nanoseconds = static_cast<int64_t>(asked.size()) * ms / 10;
    clock.time += nanoseconds + 7;
    Work work{nanoseconds / 2, static_cast<int64_t>(asked.size()) * 10};
    if (runs++ != uncounted) {
      work.joules = {{"package-0", static_cast<double>(asked.size())}};
    }
    return work;
  }
  int64_t runs = 0;
  int64_t uncounted = -1; ///< of answerAll: the run whose joules cannot be read
  FakeClock &clock;
  std::function<int64_t(std::span<const int32_t>)> takes;
  int64_t calls = 0;
  int64_t failAt = -1;
  size_t largest = 0;
};

ScenarioOptions seconds(double length) {
  ScenarioOptions options;
  options.seconds = length;
  return options;
}

} // namespace

TEST_CASE("single stream: the next query when the last is done") {
  FakeClock clock;
  FakeSystem system(clock, [](std::span<const int32_t>) { return 10 * ms; });
  const Result<ScenarioResult> result = runSingleStream(system, clock, seconds(1));
  REQUIRE(result);
  CHECK(result->warmupQueries == 5); // 50 ms
  CHECK(result->queries == 100);
  CHECK(result->seconds == doctest::Approx(1));
  CHECK(result->modelSeconds == doctest::Approx(0.5));
  CHECK(result->tokens == 1000);
  CHECK(result->textToLabel.p50 == 10.0);
  CHECK(result->textToLabel.p90 == 10.0);
  CHECK(!result->textToLabel.p99); // needs 662
  CHECK(result->modelOnly.p90 == 5.0);
  CHECK(result->asked.size() == 100);
}

TEST_CASE("queries are drawn with replacement and published seeds") {
  FakeClock clock;
  FakeSystem system(clock, [](std::span<const int32_t>) { return ms; });
  const auto asked = [&](uint32_t seed) {
    ScenarioOptions options = seconds(0.5);
    options.seeds.queries = seed;
    return runSingleStream(system, clock, options)->asked;
  };
  CHECK(asked(1) == asked(1));
  CHECK(asked(1) != asked(2));
  std::vector<int32_t> once = asked(1);
  // mt19937 is the standard's; seed 1 begins 1791095845, 4282876139: rows 41 and 99 of 100.
  CHECK(once[0] == 41);
  CHECK(once[1] == 99);
  std::ranges::sort(once);
  CHECK(std::ranges::adjacent_find(once) != once.end());
  CHECK(once.front() >= 0);
  CHECK(once.back() < 100);
}

TEST_CASE("percentiles are those of early stopping") {
  FakeClock clock;
  int64_t call = 0;
  FakeSystem system(clock, [&](std::span<const int32_t>) { return ++call <= 4 ? ms : (call - 4) * ms / 100; });
  ScenarioOptions options = seconds(5);
  options.warmupShare = 0;
  const Result<ScenarioResult> result = runSingleStream(system, clock, options);
  REQUIRE(result);
  const int64_t n = result->queries;
  REQUIRE(n > 662);
  // Latencies are 0.01 ms, 0.02 ms, ...: the estimate is that of rank n - t + 1.
  const auto expected = [&](double p) { return static_cast<double>(n - slowestToDrop(p, n) + 1) / 100; };
  CHECK(*result->textToLabel.p50 == doctest::Approx(expected(0.5)));
  CHECK(*result->textToLabel.p90 == doctest::Approx(expected(0.9)));
  CHECK(*result->textToLabel.p99 == doctest::Approx(expected(0.99)));
}

TEST_CASE("server: waiting counts, exactly as a queue simulated apart") {
  FakeClock clock;
  const auto takes = [](int32_t row) { return (row % 7 + 1) * ms; };
  FakeSystem system(clock, [&](std::span<const int32_t> rows) { return takes(rows[0]); });
  ScenarioOptions options = seconds(20);
  options.boundMs = 1e6;
  const Result<RateRun> run = tryRate(system, clock, 150, options);
  REQUIRE(run);
  Draws rows(options.seeds.queries);
  Draws gaps(options.seeds.arrivals);
  std::vector<int64_t> latencies;
  int64_t free = 0;
  for (int64_t arrival = gaps.gap(150); arrival < 20'000 * ms; arrival += gaps.gap(150)) {
    free = std::max(free, arrival) + takes(rows.row(100));
    latencies.push_back(free - arrival);
  }
  CHECK(run->result.queries == static_cast<int64_t>(latencies.size()));
  CHECK(run->result.queries == doctest::Approx(3000).epsilon(0.1));
  const Percentiles expected = percentilesOf(latencies);
  CHECK(run->result.textToLabel.p50 == expected.p50);
  CHECK(run->result.textToLabel.p99 == expected.p99);
  CHECK(run->tried.held);
}

TEST_CASE("server: a stall is seen by all who arrive during it (no coordinated omission)") {
  FakeClock clock;
  int64_t call = 0;
  FakeSystem system(clock, [&](std::span<const int32_t>) { return ++call == 500 ? 1000 * ms : ms; });
  ScenarioOptions options = seconds(10);
  options.boundMs = 1e6;
  const Result<RateRun> run = tryRate(system, clock, 200, options);
  REQUIRE(run);
  // One query of 2000 was slow. A tester that waits for answers before it asks again would see p99 = 1 ms, as the model does.
  CHECK(*run->result.modelOnly.p99 == doctest::Approx(0.5));
  CHECK(*run->result.textToLabel.p99 > 800);
}

TEST_CASE("server: the search finds the highest rate within the bound, in at most 8 rates") {
  FakeClock clock;
  FakeSystem system(clock, [](std::span<const int32_t>) { return 2 * ms; });
  ScenarioOptions options = seconds(60);
  options.boundMs = 10;
  const Result<ScenarioResult> result = runServer(system, clock, options);
  REQUIRE(result);
  CHECK(result->rates.size() == 8);
  REQUIRE(result->rate);
  // M/D/1 with 2 ms of service: p99 reaches 10 ms at a load of about two thirds.
  CHECK(*result->rate > 250);
  CHECK(*result->rate < 450);
  CHECK(*result->textToLabel.p99 <= 10);
  for (const RateTried &tried : result->rates) {
    CHECK(tried.held == (tried.rate <= *result->rate));
  }
}

TEST_CASE("offline: joules are those of all runs, or none") {
  for (const int64_t uncounted : {-1, 0, 1, 3}) { // 0 is the warm-up
    FakeClock clock;
    FakeSystem system(clock, [](std::span<const int32_t>) { return ms; });
    system.uncounted = uncounted;
    const Result<ScenarioResult> result = runOfflineScenario(system, clock, seconds(1));
    REQUIRE(result);
    REQUIRE(system.runs > 4);
    CHECK(result->joules.empty() == (uncounted > 0));
    CHECK((uncounted > 0 || result->joules.at("package-0") == static_cast<double>(result->queries)));
  }
}

TEST_CASE("server: one rate that is given, and what the machine used meanwhile") {
  struct Meter final : JouleMeter {
    int begun = 0;
    void begin() override { ++begun; }
    std::map<std::string, double> end() override { return {{"package-0", 10.0 * begun}}; }
  };
  FakeClock clock;
  FakeSystem system(clock, [](std::span<const int32_t>) { return 2 * ms; });
  ScenarioOptions options = seconds(60);
  options.boundMs = 10;
  Meter meter;
  options.energy = &meter;
  const Result<ScenarioResult> held = runServerAt(system, clock, 200, options);
  REQUIRE(held);
  CHECK(held->rate == 200);
  REQUIRE(held->rates.size() == 1);
  CHECK(held->rates.front().p99 == held->textToLabel.p99);
  CHECK(held->joules == std::map<std::string, double>{{"package-0", 10}}); // the warm-up is not in it
  const Result<ScenarioResult> late = runServerAt(system, clock, 600, options);
  REQUIRE(late);
  CHECK(!late->rate);
  CHECK(!late->textToLabel.p99);
}

TEST_CASE("server: a bound that nothing meets, and a rate without samples enough") {
  FakeClock clock;
  FakeSystem system(clock, [](std::span<const int32_t>) { return 20 * ms; });
  ScenarioOptions options = seconds(60);
  options.boundMs = 10;
  const Result<ScenarioResult> slow = runServer(system, clock, options);
  REQUIRE(slow);
  CHECK(!slow->rate);
  CHECK(!slow->textToLabel.p99);
  options.boundMs = 1000;
  options.seconds = 5; // 250 queries at most: never 662
  const Result<ScenarioResult> brief = runServer(system, clock, options);
  REQUIRE(brief);
  CHECK(!brief->rate);
}

TEST_CASE("server: what waits is answered together, up to the batch") {
  FakeClock clock;
  FakeSystem system(clock,
                    [](std::span<const int32_t> rows) { return 8 * ms + static_cast<int64_t>(rows.size()) * ms / 4; });
  ScenarioOptions options = seconds(10);
  options.boundMs = 100;
  options.batch = 8;
  const Result<RateRun> run = tryRate(system, clock, 500, options); // one at a time would manage 121 a second
  REQUIRE(run);
  CHECK(run->tried.held);
  CHECK(system.largest == 8);
}

TEST_CASE("offline: all rows at once until the time is over") {
  FakeClock clock;
  FakeSystem system(clock, [](std::span<const int32_t>) { return ms; });
  const Result<ScenarioResult> result = runOfflineScenario(system, clock, seconds(0.025));
  REQUIRE(result);
  CHECK(result->queries == 300); // 100 rows take 10 ms
  CHECK(result->seconds == doctest::Approx(0.03));
  CHECK(result->modelSeconds == doctest::Approx(0.015));
  CHECK(result->tokens == 3000);
  CHECK(!result->textToLabel.p50);
  const Result<ScenarioResult> brief = runOfflineScenario(system, clock, seconds(0.002));
  REQUIRE(brief);
  CHECK(brief->queries == 20); // no more than fit
}

TEST_CASE("an error of the system ends the scenario") {
  FakeClock clock;
  FakeSystem system(clock, [](std::span<const int32_t>) { return ms; });
  system.failAt = 20;
  CHECK(runSingleStream(system, clock, seconds(1)).error().message == "broke");
  CHECK(runServer(system, clock, seconds(1)).error().message == "broke");
}

TEST_CASE("the steady clock waits until the time, not for it") {
  SteadyClock clock;
  const int64_t begin = clock.now();
  clock.waitUntil(begin + 2 * ms);
  CHECK(clock.now() >= begin + 2 * ms);
  clock.waitUntil(begin); // past
  CHECK(clock.now() < begin + 1000 * ms);
}

} // namespace clew

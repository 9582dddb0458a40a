// Scenarios, after MLPerf Inference (arXiv:1911.02549): who asks when, and what is made of the answers' times. They know nothing of models:
// the system under test and the clock are interfaces, so that tests can say what time it is.
//
// Out of scope: several machines, queries of more than one row.
#pragma once

#include "runtime/base/Result.h"
#include "suites/records/Times.h"

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace clew {

/// Nanoseconds since some moment.
class Clock {
public:
  virtual ~Clock() = default;
  virtual int64_t now() = 0;
  /// Returns at `time`, or at once if that is past.
  virtual void waitUntil(int64_t time) = 0;
};

/// The monotonic clock. It sleeps until a little before the time, then spins.
class SteadyClock final : public Clock {
public:
  int64_t now() override;
  void waitUntil(int64_t time) override;
};

/// What the machine used, by counter (Energy.h).
class JouleMeter {
public:
  virtual ~JouleMeter() = default;
  virtual void begin() = 0;
  /// Since begin(), joules by counter; none where nothing counts.
  virtual std::map<std::string, double> end() = 0;
};

/// What answering some rows took, apart from the time that passed.
struct Work {
  int64_t modelNanoseconds = 0; ///< of it in the model alone; offline: of a run without text
  int64_t tokens = 0;
  std::map<std::string, double> joules = {}; ///< of answerAll: by counter, text to label
};

/// Used by one thread.
class SystemUnderTest {
public:
  virtual ~SystemUnderTest() = default;
  /// Rows that may be asked for: 0 .. rows() - 1.
  virtual int64_t rows() const = 0;
  /// Answers these rows together, text to label, and returns when the answers are there.
  virtual Result<Work> answer(std::span<const int32_t> rows) = 0;
  /// The same for all rows of an offline run, in batches and an order of its own choice. `nanoseconds` is what the run took text to label:
  /// the caller cannot time it, because the run without text comes after it.
  virtual Result<Work> answerAll(std::span<const int32_t> rows, int64_t &nanoseconds) = 0;
};

/// Draws from mt19937, the same on every machine and with every standard library.
class Draws {
public:
  explicit Draws(uint32_t seed) : generator(seed) {}
  /// Uniform in 0 .. count - 1, with replacement.
  int32_t row(int64_t count) {
    return static_cast<int32_t>((static_cast<uint64_t>(generator()) * static_cast<uint64_t>(count)) >> 32);
  }
  /// Nanoseconds to the next arrival of a Poisson process.
  int64_t gap(double ratePerSecond);

private:
  std::mt19937 generator;
};

struct Seeds {
  uint32_t queries = 1;
  uint32_t arrivals = 2;
};

/// How long and how often. Seconds are of the timed part.
struct ScenarioOptions {
  double seconds = 60;
  Seeds seeds;
  double warmupShare = 0.05;    ///< of `seconds`; never counted, always recorded
  double boundMs = 0;           ///< server: p99 must stay under it
  int64_t batch = 1;            ///< server: so many waiting queries are answered together at most
  JouleMeter *energy = nullptr; ///< of single queries; offline the system under test has it
};

/// Of latencies in nanoseconds, in any order.
Percentiles percentilesOf(std::vector<int64_t> latencies);

struct RateTried {
  double rate = 0; ///< queries a second
  int64_t queries = 0;
  std::optional<double> p99;
  bool held = false;
};

struct ScenarioResult {
  int64_t queries = 0; ///< timed
  int64_t warmupQueries = 0;
  double seconds = 0;                        ///< that the timed queries took
  Percentiles textToLabel;                   ///< from the scheduled issue; offline: none
  Percentiles modelOnly;                     ///< offline: none
  double modelSeconds = 0;                   ///< in the model alone
  int64_t tokens = 0;                        ///< of the timed queries
  std::map<std::string, double> joules = {}; ///< by counter, while they were timed
  std::vector<int32_t> asked;                ///< the row of each timed query
  std::vector<RateTried> rates;              ///< server, in the order tried
  std::optional<double> rate;                ///< server: the highest that held
};

/// The next query when the last is done. Latency runs from the moment the last answer was there.
Result<ScenarioResult> runSingleStream(SystemUnderTest &system, Clock &clock, const ScenarioOptions &options);

/// Poisson arrivals into one queue; latency runs from the scheduled arrival, waiting included. Searches at most 8 rates, by factors of two
/// until one holds and one does not, then geometric means between them. A rate that cannot hold any more is broken off. What is reported is
/// the highest rate that held, or nothing and the lowest rate's times.
Result<ScenarioResult> runServer(SystemUnderTest &system, Clock &clock, const ScenarioOptions &options);

/// The same arrivals at one rate. Whether it held is in `rates`; if it did not there are no percentiles.
Result<ScenarioResult> runServerAt(SystemUnderTest &system, Clock &clock, double rate, const ScenarioOptions &options);

/// Rows drawn with replacement, all at once: as many as the system has, but no more than fit into `seconds`; again until `seconds` are over.
Result<ScenarioResult> runOfflineScenario(SystemUnderTest &system, Clock &clock, const ScenarioOptions &options);

} // namespace clew

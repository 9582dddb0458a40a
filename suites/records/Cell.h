// Cell: one thing to measure, and the key that says which. Whatever can change an answer or a time is in the key, so that two runs that
// compute differently never share a record's id.
#pragma once

#include "runtime/base/Target.h"
#include "runtime/program/Execution.h"
#include "suites/records/Machine.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace clew {

/// How a cell is measured.
enum class ScenarioKind : uint8_t { Accuracy, SingleStream, Server, Offline };
inline constexpr std::array kScenarios{ScenarioKind::Accuracy, ScenarioKind::SingleStream, ScenarioKind::Server,
                                       ScenarioKind::Offline};
std::string_view nameOf(ScenarioKind kind); ///< accuracy, single-stream, server, offline

/// How long a cell is timed (server: each rate).
enum class Tier : uint8_t { Smoke, Standard, Official };
inline constexpr std::array kTiers{Tier::Smoke, Tier::Standard, Tier::Official};
std::string_view nameOf(Tier tier); ///< smoke, standard, official
double secondsOf(Tier tier);        ///< 5, 60, 600

/// By name. BadInput that lists the names there are.
Result<ScenarioKind> scenarioNamed(std::string_view name);
Result<Tier> tierNamed(std::string_view name);

/// What makes two records the same measurement. Its hash is the record's id.
struct CellKey {
  std::string model;            ///< architecture/size
  std::string modelSha256;      ///< of the expanded model with its head, not of the YAML's bytes
  std::string weightsSha256;    ///< of what was loaded; "random:SEED" for random ones
  std::string vocabularySha256; ///< of the tokens
  std::string tokenizerSha256;  ///< of vocabulary, settings and template
  std::string task;
  std::string taskVersion;
  std::string taskSha256; ///< of what of the task reads rows and judges answers
  std::string split;
  std::string dataSha256;
  Target target = Target::Cpu;
  Precision precision = Precision::F32;
  std::string cpu;            ///< LLVM's name of the CPU that was asked for; empty: this host
  Execution execution;        ///< how products were asked for
  ExecutionFacts environment; ///< variables that the library of products reads by itself
  ScenarioKind scenario = ScenarioKind::Accuracy;
  Tier tier = Tier::Smoke;
  int threads = 1;
  bool deterministic = false;
  int64_t length = 0;      ///< tokens of every query on the fixed grid; 0: the task's own lengths
  uint64_t seed = 1;       ///< of the order of queries
  double boundMs = 0;      ///< server; else 0
  int64_t serverBatch = 0; ///< server; else 0
  std::string machine;     ///< Machine::identity()

  /// 16 hex digits of the sha256 of all fields.
  std::string id() const;
  /// The same of the fields that the answers depend on: records that share it share one accuracy run, whatever was timed, for how long and
  /// with how many threads.
  std::string configurationId() const;
  /// configurationId() of the same configuration at another precision.
  std::string configurationIdAt(Precision other) const;
};

} // namespace clew

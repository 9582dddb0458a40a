// Board: what `clew bench` measures: models x tasks x scenarios x precisions x threads, and how long. One YAML file in suites/boards.
#pragma once

#include "runtime/base/Target.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

enum class ScenarioKind { Accuracy, SingleStream, Server, Offline };
std::string_view nameOf(ScenarioKind kind); ///< accuracy, single-stream, server, offline
std::optional<ScenarioKind> scenarioNamed(std::string_view name);
std::vector<std::string> scenarioNames();

/// How long a cell is timed (server: each rate).
enum class Tier { Smoke, Standard, Official };
std::string_view nameOf(Tier tier); ///< smoke, standard, official
std::optional<Tier> tierNamed(std::string_view name);
std::vector<std::string> tierNames();
double secondsOf(Tier tier); ///< 5, 60, 600

/// A task, and the one that stands in for it where its data is not there. The record names the one that was used.
struct BoardTask {
  std::string name;
  std::string otherwise; ///< empty: none
};

struct Board {
  std::string name;
  std::string about; ///< one line for people
  std::vector<std::string> models;
  std::vector<BoardTask> tasks;
  std::vector<ScenarioKind> scenarios;
  std::vector<Precision> precisions = {Precision::F32};
  std::vector<Target> targets = {Target::Cpu};
  std::vector<int> threads; ///< empty: all cores
  Tier tier = Tier::Standard;
  std::string split = "dev";
  std::vector<int64_t> lengths; ///< the fixed grid: tokens of every query of further single-stream cells
  double boundMs = 0;           ///< server: its p99 must stay under it; needed where scenarios has server
  int64_t serverBatch = 1;      ///< server: so many waiting queries are answered together at most
  std::string weights; ///< folder with <architecture>/<size>/<task>/; relative to the board's file; empty: none
  std::string file;
};

} // namespace clew

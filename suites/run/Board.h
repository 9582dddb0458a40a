// Board: what `clew bench` measures: models x tasks x scenarios x precisions x threads, and how long. One YAML file in suites/boards.
#pragma once

#include "suites/records/Cell.h"

#include <cstdint>
#include <string>
#include <vector>

namespace clew {

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

// Running a Program on the batch of a file and writing what it gives: the numeric door, behind `clew run` (which compiles
// the Program) and `clew-run` (which reads it from an artifact).
#pragma once

#include "runtime/program/Program.h"

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace clew {

struct RunArguments {
  std::string artifact; ///< that the program was read from; empty: it was compiled
  std::string inputs;
  std::string outputs;
  std::string weights;     ///< file or folder; empty: random ones
  std::string saveWeights; ///< empty: not saved
  uint64_t seed = 0;       ///< of random weights
  int threads = 0;         ///< 0: as many as there are cores
  bool deterministic = false;
  bool json = false;
};

/// --inputs, --outputs, --weights, --seed, --threads, --deterministic, --save-weights, --json.
void addRunOptions(CLI::App &command, RunArguments &arguments);

/// Loads weights, runs, writes the outputs as F32 [rows, columns] and prints what was written: to stderr if the outputs themselves go to
/// standard output. Numbers that are not finite are written and noted. What is read is never
/// replaced, nor one output by another. Returns an exit code; after a failure there is no output file.
int runProgram(Program program, const RunArguments &arguments);

/// Cores that this process may use; at least 1.
int usableCores();

} // namespace clew

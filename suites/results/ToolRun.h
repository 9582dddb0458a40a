// Running another program: by name and arguments alone, never through a shell. Signatures are made and verified by programs that people trust.
#pragma once

#include "runtime/base/Result.h"

#include <string>
#include <vector>

namespace clew {

/// What became of a program.
struct ToolRun {
  int code = 0;       ///< its exit code; 128 + N: killed by signal N
  std::string output; ///< what it printed, to both streams; at most 64 KiB
};

/// Runs arguments[0], found in PATH, and waits. `input`: a file for its standard input; empty: ours, so that it may ask for a password. Unavailable
/// when there is no such program, Io when it cannot be run.
Result<ToolRun> runTool(const std::vector<std::string> &arguments, const std::string &input = {});

} // namespace clew

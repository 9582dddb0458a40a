// Stopwatch: how long something took, on the one clock that never goes backwards.
#pragma once

#include <chrono>

namespace clew {

/// Runs from its construction on.
class Stopwatch {
public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }
  double milliseconds() const { return seconds() * 1e3; }

private:
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

} // namespace clew

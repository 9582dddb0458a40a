// Progress on stderr, for people only: nothing for two seconds, then one line that is redrawn and at the end removed.
// Where stderr is no terminal, nothing at all.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace clew {

class Progress {
public:
  /// `total` > 0: a bar that `advance` moves; 0: the seconds that have gone by.
  explicit Progress(std::string what, int64_t total = 0);
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// May be called from any thread.
  void advance(int64_t steps = 1) { done += steps; }
  /// What stands behind the bar from now on: a loss. May be called from any thread.
  void note(std::string text);

private:
  void draw();
  std::string bar(int64_t now, double secondsLeft) const;

  std::string what;
  int64_t total;
  std::atomic<int64_t> done = 0;
  std::mutex mutex;
  std::condition_variable wake;
  std::string noted; ///< under `mutex`
  bool finished = false;
  std::thread drawer;
};

} // namespace clew

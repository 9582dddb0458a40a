// Draws the progress line from a thread of its own, so that long calls into the rooms below need not know of it.
#include "cli/Progress.h"

#include "cli/Output.h"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace clew {

Progress::Progress(std::string what, int64_t total) : what(std::move(what)), total(total) {
  if (isatty(STDERR_FILENO) != 0) {
    drawer = std::thread([this] { draw(); });
  }
}

Progress::~Progress() {
  if (drawer.joinable()) {
    {
      std::lock_guard lock(mutex);
      finished = true;
    }
    wake.notify_all();
    drawer.join();
  }
}

void Progress::note(std::string text) {
  std::lock_guard lock(mutex);
  noted = std::move(text);
}

std::string Progress::bar(int64_t now, double secondsLeft) const {
  constexpr int64_t cells = 30;
  const auto filled = static_cast<size_t>(now * cells / total);
  std::string line =
      fmt::format("{} [{}{}] {}/{}", what, std::string(filled, '='), std::string(cells - filled, ' '), now, total);
  if (secondsLeft > 0) {
    const auto seconds = static_cast<int64_t>(secondsLeft + 0.5);
    line += seconds < 60 ? fmt::format(", {} s left", seconds)
                         : fmt::format(", {}:{:02} min left", seconds / 60, seconds % 60);
  }
  return noted.empty() ? line : line + ", " + noted;
}

void Progress::draw() {
  using namespace std::chrono_literals;
  const auto start = std::chrono::steady_clock::now();
  const auto since = [](std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  std::unique_lock lock(mutex);
  if (wake.wait_for(lock, 2s, [this] { return finished; })) {
    return;
  }
  // What was done before the first line may have been done by an earlier process: the time that is left is told from there on.
  const auto firstLine = std::chrono::steady_clock::now();
  const int64_t before = std::min<int64_t>(done, total);
  do {
    std::string line;
    if (total > 0) {
      const int64_t now = std::min<int64_t>(done, total);
      const double each = now > before ? since(firstLine) / static_cast<double>(now - before) : 0;
      line = bar(now, each * static_cast<double>(total - now));
    } else {
      line = fmt::format("{} ... {:.0f} s", what, since(start));
    }
    sayText("\r\x1b[K" + visibleText(line));
  } while (!wake.wait_for(lock, 200ms, [this] { return finished; }));
  sayText("\r\x1b[K");
}

} // namespace clew

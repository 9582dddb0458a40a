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

void Progress::draw() {
  using namespace std::chrono_literals;
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex);
  if (wake.wait_for(lock, 2s, [this] { return finished; })) {
    return;
  }
  do {
    std::string line;
    if (total > 0) {
      constexpr int64_t cells = 30;
      const int64_t now = std::min<int64_t>(done, total);
      const auto filled = static_cast<size_t>(now * cells / total);
      line =
          fmt::format("{} [{}{}] {}/{}", what, std::string(filled, '='), std::string(cells - filled, ' '), now, total);
    } else {
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start);
      line = fmt::format("{} ... {} s", what, seconds.count());
    }
    sayText("\r\x1b[K" + visibleText(line));
  } while (!wake.wait_for(lock, 200ms, [this] { return finished; }));
  sayText("\r\x1b[K");
}

} // namespace clew

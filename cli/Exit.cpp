// Errors and interrupts, as every command shows them.
#include "cli/Exit.h"

#include "runtime/base/AtomicFile.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>

namespace clew {

int report(const Error &error, int code) {
  fmt::print(stderr, "{}\n", error.render());
  return code;
}

int printOrWrite(const std::string &text, const std::string &path) {
  if (path.empty()) {
    fmt::print("{}", text);
    return kDone;
  }
  const Result<void> written = writeFileAtomically(path, text);
  return written ? kDone : report(written.error());
}

void exitOnInterrupt() {
  struct sigaction action = {};
  action.sa_handler = [](int) { std::_Exit(kInterrupted); };
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
}

} // namespace clew

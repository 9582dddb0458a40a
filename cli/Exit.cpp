// Errors and interrupts, as every command shows them.
#include "cli/Exit.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>

namespace clew {

int report(const Error &error, int code) {
  fmt::print(stderr, "{}\n", error.render());
  return code;
}

void exitOnInterrupt() {
  struct sigaction action = {};
  action.sa_handler = [](int) { std::_Exit(kInterrupted); };
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
}

} // namespace clew

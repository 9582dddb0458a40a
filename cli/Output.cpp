// Plain stdio below: fmt's and iostream's own printing throw where a write fails.
#include "cli/Output.h"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/ioctl.h>
#include <unistd.h>

namespace clew {

/// The first error of the standard output; 0: none.
static int firstError = 0;
static bool diverted = false;

void printText(std::string_view text) {
  if (diverted) {
    sayText(text);
    return;
  }
  if (firstError == 0 && std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
    firstError = errno;
  }
}

size_t terminalWidth() {
  winsize size{};
  const int shown = diverted ? STDERR_FILENO : STDOUT_FILENO;
  return isatty(shown) != 0 && ioctl(shown, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

void printJson(const nlohmann::ordered_json &json) {
  printText(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

void divertResults() { diverted = true; }

void sayText(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

Result<void> flushOutput() {
  if (std::fflush(stdout) != 0 && firstError == 0) {
    firstError = errno;
  }
  if (firstError == 0) {
    return {};
  }
  return fail(ErrorKind::Io, fmt::format("cannot write: {}", std::strerror(firstError)), "standard output");
}

} // namespace clew

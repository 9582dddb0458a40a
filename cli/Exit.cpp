// Errors, interrupts and the frame around every command.
#include "cli/Exit.h"

#include "cli/Output.h"
#include "runtime/base/AtomicFile.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>

namespace clew {
namespace {

std::atomic<const char *> interruptHint = nullptr;

/// What is left of a mapped file that was cut short, or that the disk does not give, while it is read.
void onBusError(int) {
  static constexpr std::string_view text = "error: a file was cut short, or could not be read, while it was in use\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  std::_Exit(kFailed);
}

/// Called between any two instructions: write() and _Exit() may be, nothing else here may.
void onInterrupt(int) {
  const auto put = [](const char *text) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
  };
  put("\ninterrupted");
  if (const char *hint = interruptHint.load()) {
    put(": ");
    put(hint);
  }
  put("\n");
  std::_Exit(kInterrupted);
}

/// Reading from 0 and writing to 1 fail, as they did; writing to 2 goes nowhere, because messages never end a job.
void openMissingDescriptors() {
  for (const auto &[descriptor, flags] :
       {std::pair(STDIN_FILENO, O_WRONLY), std::pair(STDOUT_FILENO, O_RDONLY), std::pair(STDERR_FILENO, O_WRONLY)}) {
    if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) {
      open("/dev/null", flags); // takes the lowest free number, which is this one
    }
  }
}

void handleSignals() {
  struct sigaction action = {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = onInterrupt;
  sigaction(SIGINT, &action, nullptr);
  action.sa_handler = onBusError;
  sigaction(SIGBUS, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
  sigaction(SIGXFSZ, &action, nullptr);
}

/// One line about what is being thrown, from within a handler or of a thread that ends.
int reportThrown(const std::exception_ptr &thrown) {
  try {
    if (thrown) {
      std::rethrow_exception(thrown);
    }
    sayText("error: ended without an exception\n");
  } catch (const std::bad_alloc &) {
    sayText("error: out of memory\n");
  } catch (const std::exception &error) {
    say("error: {}\n", error.what());
  } catch (...) {
    sayText("error: ended by an exception of unknown type\n");
  }
  return kFailed;
}

/// What a thread throws reaches no caller: it ends the process here, with the same line.
void onTerminate() { std::_Exit(reportThrown(std::current_exception())); }

} // namespace

int runProcess(int argc, char **argv, int (*work)(int argc, char **argv)) {
  openMissingDescriptors();
  handleSignals();
  std::set_terminate(onTerminate);
  int code = kFailed;
  try {
    code = work(argc, argv);
  } catch (...) {
    code = reportThrown(std::current_exception());
  }
  const Result<void> written = flushOutput();
  return written ? code : report(written.error(), code == kDone ? kFailed : code);
}

void hintOnInterrupt(const char *hint) { interruptHint = hint; }

int report(const Error &error, int code) {
  say("{}\n", error.render());
  return code;
}

int codeOf(const Error &error) { return error.kind == ErrorKind::NotFound ? kUsage : kFailed; }

int printOrWrite(const std::string &text, const std::string &path) {
  if (path.empty()) {
    printText(text);
    return kDone;
  }
  const Result<void> written = writeFileAtomically(path, text);
  return written ? kDone : report(written.error());
}

} // namespace clew

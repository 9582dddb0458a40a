// How a command ends. Only main() ends the process; commands return one of these codes.
#pragma once

#include "runtime/base/Result.h"

#include <string>

namespace clew {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2; ///< unknown flag, command or model
inline constexpr int kInterrupted = 130;

/// Prints the error to stderr in the form of Error::render and returns `code`.
int report(const Error &error, int code = kFailed);

/// Prints a command's result, or writes it to `path` if that is not empty, whole or not at all. Returns an exit code.
int printOrWrite(const std::string &text, const std::string &path);

/// From now on Ctrl-C ends the process with kInterrupted. Files are written whole or not at all (runtime/base/AtomicFile).
void exitOnInterrupt();

} // namespace clew

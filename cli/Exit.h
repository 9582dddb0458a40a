// How a command begins and ends. Only main() ends the process; commands return one of these codes.
#pragma once

#include "runtime/base/Result.h"

#include <string>

namespace clew {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2; ///< unknown flag, command, model, task or board
inline constexpr int kInterrupted = 130;

/// All that main() does. Before `work`: descriptors 0 to 2 that are not open are put where nothing can be read or written, so that no
/// file gets their numbers; a pipe that nobody reads any more and a file that may not grow become errors of writing; Ctrl-C ends the
/// process with kInterrupted. After it: what was printed is flushed, and if it could not be written the code is kFailed. What is thrown
/// ends here, as one line and kFailed.
int runProcess(int argc, char **argv, int (*work)(int argc, char **argv));

/// What Ctrl-C says from now on, after "interrupted": how to go on. A literal; null: nothing more.
void hintOnInterrupt(const char *hint);

/// Prints the error to stderr in the form of Error::render and returns `code`.
int report(const Error &error, int code = kFailed);

/// The code of an error that came of looking up a model, task or board by its name: kUsage if there is none of that name.
int codeOf(const Error &error);

/// Prints a command's result, or writes it to `path` if that is not empty (runtime/base/AtomicFile). Returns an exit code.
int printOrWrite(const std::string &text, const std::string &path);

} // namespace clew

// The one place where CLI11's exceptions end. Shared by clew and clew-run.
#pragma once

#include <optional>

namespace CLI {
class App;
}

namespace clew {

/// Parses. An exit code if the program is to end now: kDone after --help, kUsage after an error (printed to stderr with a
/// pointer to --help) or for a variable that is no longer read; nothing if it is to go on.
std::optional<int> parseCommandLine(CLI::App &app, int argc, char **argv);

} // namespace clew

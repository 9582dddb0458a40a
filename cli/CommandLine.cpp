// Turns what CLI11 throws into exit codes and our form of message.
#include "cli/CommandLine.h"

#include "cli/Exit.h"
#include "cli/Output.h"

#include <CLI/CLI.hpp>

#include <sstream>

#include <cstdlib>

namespace clew {

/// The name as it is typed: "clew", or "clew run" if the command was recognized.
static std::string typedName(const CLI::App &app) {
  for (const CLI::App *command : app.get_subcommands()) {
    return app.get_name() + " " + command->get_name();
  }
  return app.get_name();
}

/// The first flag that nobody took, or "": CLI11 complains of missing arguments before it looks for these.
static std::string unknownFlag(const CLI::App &app) {
  for (const std::string &word : app.remaining(/*recurse=*/true)) {
    if (word.size() > 1 && word.starts_with("-")) {
      return word;
    }
  }
  return {};
}

/// A variable that once switched how programs run, and the flag that does now: obeyed silently it would escape every record.
static std::string staleVariable() {
  for (auto [variable, flag] : {std::pair{"CLEW_BF16", "--bf16"}, {"CLEW_PRODUCTS", "--products"}}) {
    if (std::getenv(variable)) {
      return fmt::format("{} is set in the environment and no longer read: expected the flag {} of clew compile, run, "
                         "predict or bench",
                         variable, flag);
    }
  }
  return {};
}

std::optional<int> parseCommandLine(CLI::App &app, int argc, char **argv) {
  if (const std::string stale = staleVariable(); !stale.empty()) {
    say("error: {}\n", stale);
    return kUsage;
  }
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError &error) {
    if (error.get_exit_code() == 0) { // --help
      std::ostringstream help;
      app.exit(error, help, help);
      printText(help.str());
      return kDone;
    }
    std::string message = error.what();
    if (const std::string flag = unknownFlag(app); !flag.empty()) {
      message = "unknown argument " + flag;
    } else if (message.starts_with("The following argument")) {
      const size_t colon = message.find(": ");
      message = "unknown argument " + message.substr(colon + 2);
    }
    say("error: {} (see {} --help)\n", message, typedName(app));
    return kUsage;
  } catch (const std::exception &error) {
    say("error: {}\n", error.what());
    return kUsage;
  }
}

} // namespace clew

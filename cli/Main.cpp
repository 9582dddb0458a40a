// The `clew` command: parses arguments, lets one command run, and is the only place of the program that ends it.
#include "cli/Command.h"
#include "cli/CommandLine.h"
#include "cli/Exit.h"
#include "cli/Output.h"
#include "cli/Version.h"
#include "runtime/base/Installation.h"
#include "yaml/Suggest.h"

#include <CLI/CLI.hpp>

namespace clew {

/// An error for a first word that is no command, with the nearest one; CLI11 would only call it unexpected.
static bool isUnknownCommand(const CLI::App &app, int argc, char **argv) {
  if (argc < 2 || argv[1][0] == '-') {
    return false;
  }
  std::vector<std::string> names;
  for (const CLI::App *command : app.get_subcommands([](const CLI::App *) { return true; })) {
    names.push_back(command->get_name());
    if (names.back() == argv[1]) {
      return false;
    }
  }
  say("error: unknown command '{}'{} (see clew --help)\n", argv[1], didYouMean(argv[1], names));
  return true;
}

static int runMain(int argc, char **argv) {
  CLI::App app("Clew: models as YAML, compiled to programs, run and measured.", "clew");
  app.footer("Examples:\n  clew bench smoke --random-weights --out measured     score and time small models\n"
             "  clew report measured --format html --out report.html\n"
             "  clew run bert/base --inputs in.safetensors --outputs out.safetensors\n\n"
             "Exit codes: 0 done, 1 failed, 2 unknown flag, command, model, task or board, 130 after Ctrl-C.");
  bool version = false;
  bool json = false;
  app.add_flag("--version", version, "Print the version, commit, libraries and CPU");
  app.add_flag("--json", json, "With --version: print JSON")->needs("--version");
  Action chosen;
  addZooCommand(app, chosen);
  addCheckCommand(app, chosen);
  addCompileCommand(app, chosen);
  addRunCommand(app, chosen);
  addPredictCommand(app, chosen);
  addServeCommand(app, chosen);
  addDriveCommand(app, chosen);
  addScoreCommand(app, chosen);
  addReportCommand(app, chosen);
  addBenchCommand(app, chosen);
  addVerifyCommand(app, chosen);
  addResultsCommand(app, chosen);
  addDataCommand(app, chosen);
  addConvertCommand(app, chosen);
  addExportCommand(app, chosen);
  addSubmitCommand(app, chosen);
  addTokenizeCommand(app, chosen);
  addTrainCommand(app, chosen);
  addAugmentCommand(app, chosen);
  app.require_subcommand(0, 1);
  if (isUnknownCommand(app, argc, argv)) {
    return kUsage;
  }
  if (const std::optional<int> code = parseCommandLine(app, argc, argv)) {
    return *code;
  }
  if (version) {
    printText(renderVersion(versionInfo(), json));
    return kDone;
  }
  if (!chosen) {
    sayText(app.help());
    return kUsage;
  }
  if (const Result<std::string> cache = cacheHome(); !cache && cache.error().kind == ErrorKind::BadInput) {
    say("note: {}, found '{}'; no program is kept\n", cache.error().message, cache.error().where);
  }
  return chosen();
}

} // namespace clew

int main(int argc, char **argv) { return clew::runProcess(argc, argv, clew::runMain); }

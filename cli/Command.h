// The commands of `clew`, one file each. A command adds itself to the parser with its help and an example, and when it is the
// one that was called leaves what is to be done in `chosen`; main runs that and exits with the code it returns (cli/Exit.h).
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace clew {

using Action = std::function<int()>;

void addZooCommand(CLI::App &app, Action &chosen);
void addCheckCommand(CLI::App &app, Action &chosen);
void addCompileCommand(CLI::App &app, Action &chosen);
void addRunCommand(CLI::App &app, Action &chosen);
void addPredictCommand(CLI::App &app, Action &chosen);
void addServeCommand(CLI::App &app, Action &chosen);
void addDriveCommand(CLI::App &app, Action &chosen);
void addScoreCommand(CLI::App &app, Action &chosen);
void addReportCommand(CLI::App &app, Action &chosen);
void addBenchCommand(CLI::App &app, Action &chosen);
void addResultsCommand(CLI::App &app, Action &chosen);
void addVerifyCommand(CLI::App &app, Action &chosen);
void addDataCommand(CLI::App &app, Action &chosen);
void addConvertCommand(CLI::App &app, Action &chosen);
void addExportCommand(CLI::App &app, Action &chosen);
void addSubmitCommand(CLI::App &app, Action &chosen);
void addTokenizeCommand(CLI::App &app, Action &chosen);
void addTrainCommand(CLI::App &app, Action &chosen);
void addAugmentCommand(CLI::App &app, Action &chosen);

} // namespace clew

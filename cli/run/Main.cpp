// clew-run: runs an artifact of `clew compile --emit program`. It links the runtime alone, so that a machine that only runs
// models needs neither LLVM nor YAML.
#include "cli/CommandLine.h"
#include "cli/Exit.h"
#include "cli/RunProgram.h"
#include "runtime/program/ProgramFile.h"

#include <CLI/CLI.hpp>

static int runMain(int argc, char **argv) {
  CLI::App app("Runs a compiled model on the batch of a file.", "clew-run");
  app.footer("Example:\n  clew compile bert/base --emit program -o bert.clew\n"
             "  clew-run bert.clew --weights w.safetensors --inputs in.safetensors --outputs out.safetensors");
  clew::RunArguments arguments;
  app.add_option("ARTIFACT", arguments.artifact, "A file of clew compile --emit program")->required();
  clew::addRunOptions(app, arguments);
  if (const std::optional<int> code = clew::parseCommandLine(app, argc, argv)) {
    return *code;
  }
  clew::Result<clew::Program> program = clew::loadProgram(arguments.artifact);
  if (!program) {
    return clew::report(program.error());
  }
  return clew::runProgram(std::move(*program), arguments);
}

int main(int argc, char **argv) { return clew::runProcess(argc, argv, runMain); }

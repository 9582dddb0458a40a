// clew compile: any stage of the pipeline as text, or an artifact that clew-run runs without the compiler.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/OnnxCommand.h"
#include "cli/Progress.h"
#include "runtime/base/OutputPlace.h"
#include "runtime/program/ProgramFile.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace clew {
namespace {

struct CompileArguments {
  ModelArgument model;
  CompileOptions options;
  std::string emit = "program";
  std::string output;
  bool layers = false;
};

int writeArtifact(const Model &model, const CompileArguments &arguments) {
  Result<Program> program = [&] {
    const Progress progress("compiling " + model.name());
    return compileModel(model, arguments.options);
  }();
  if (!program) {
    return report(program.error());
  }
  if (Result<void> written = saveProgram(*program, arguments.output); !written) {
    return report(written.error());
  }
  return kDone;
}

/// An ONNX file says which outputs it has.
int compileFile(const CompileArguments &arguments) {
  const std::string &path = arguments.model.spec;
  if (arguments.layers || !arguments.model.task.empty()) {
    return report({ErrorKind::Unsupported, "--task and --layers are for models of the zoo", path});
  }
  if (const Result<void> apart = refuseReplacing(arguments.output, path, "the model's"); !apart) {
    return report(apart.error());
  }
  noteUnused(arguments.options);
  return compileOnnx(path, arguments.options, arguments.emit, arguments.output);
}

int compile(CompileArguments &arguments) {
  if (isOnnx(arguments.model.spec)) {
    return compileFile(arguments);
  }
  Result<Model> model = loadModel(arguments.model);
  if (!model) {
    return report(model.error(), codeOf(model.error()));
  }
  if (const Result<void> apart = refuseReplacing(arguments.output, model->file, "the model's"); !apart) {
    return report(apart.error());
  }
  noteUnused(arguments.options);
  arguments.options.outputs = outputNames(*model, arguments.layers);
  if (arguments.emit == "program" && !arguments.output.empty()) {
    return writeArtifact(*model, arguments);
  }
  Result<std::string> text = [&] {
    const Progress progress("compiling " + model->name());
    return emitStage(*model, arguments.options, arguments.emit);
  }();
  if (!text) {
    return report(text.error());
  }
  return printOrWrite(*text, arguments.output);
}

} // namespace

void addCompileCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<CompileArguments>();
  CLI::App *command = app.add_subcommand("compile", "Compile a model: any stage as text, or an artifact for clew-run");
  command->footer("Examples:\n  clew compile bert/base --emit nn\n"
                  "  clew compile bert/base --precision bf16 --emit program -o bert.clew\n"
                  "  clew compile model.onnx --emit nn");
  addModelArgument(*command, arguments->model);
  addTargetOptions(*command, arguments->options);
  command
      ->add_option("--emit", arguments->emit,
                   "nn: as imported; fused: after the graph passes; kernel; llvm; asm; ptx; program (default): the "
                   "artifact with -o, a listing of it without")
      ->check(CLI::IsMember({"nn", "fused", "kernel", "llvm", "asm", "ptx", "program"}));
  command->add_option("-o,--output", arguments->output, "Write to FILE instead of the standard output")
      ->type_name("FILE");
  command->add_flag("--layers", arguments->layers, "Compute every output that the model names, hidden.0 and on");
  command->callback([arguments, &chosen] { chosen = [arguments] { return compile(*arguments); }; });
}

} // namespace clew

// clew run: compiles a model and runs it on the batch of a file: the numeric door.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/OnnxCommand.h"
#include "cli/Progress.h"
#include "cli/RunProgram.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace clew {
namespace {

struct CompileAndRunArguments {
  ModelArgument model;
  CompileOptions options;
  RunArguments run;
  bool layers = false;
  bool byOp = false;
};

/// An ONNX file says all that is to be computed; on what and in which precision may be chosen where the compiler takes it.
int runFile(const CompileAndRunArguments &arguments) {
  if (arguments.layers || !arguments.model.task.empty()) {
    return report({ErrorKind::Unsupported, "--task and --layers are for models of the zoo", arguments.model.spec});
  }
  const CompileOptions plain;
  const CompileOptions &given = arguments.options;
  const bool chosen = given.target != plain.target || given.precision != plain.precision || !given.cpu.empty() ||
                      given.execution != plain.execution;
  if (chosen && arguments.byOp) {
    return report({ErrorKind::BadInput,
                   "--op-by-op has one way to compute: --target, --precision, --cpu, --bf16 and --products are for the "
                   "compiler",
                   arguments.model.spec});
  }
  noteUnused(given);
  return runOnnx(arguments.model.spec, {arguments.run, given, arguments.byOp, chosen});
}

int compileAndRun(CompileAndRunArguments &arguments) {
  if (isOnnx(arguments.model.spec)) {
    return runFile(arguments);
  }
  if (arguments.byOp) {
    return report({ErrorKind::BadInput, "--op-by-op is for ONNX files", arguments.model.spec});
  }
  Result<Model> model = loadModel(arguments.model);
  if (!model) {
    return report(model.error(), codeOf(model.error()));
  }
  noteUnused(arguments.options);
  arguments.options.outputs = outputNames(*model, arguments.layers);
  Result<Program> program = [&] {
    const Progress progress("compiling " + model->name());
    return compileCached(*model, arguments.options);
  }();
  if (!program) {
    return report(program.error());
  }
  return runProgram(std::move(*program), arguments.run);
}

} // namespace

void addRunCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<CompileAndRunArguments>();
  CLI::App *command = app.add_subcommand("run", "Run a model on the batch of a file");
  command->footer(
      "Examples:\n  clew run bert/base --weights bert-base-chinese --inputs in.safetensors --outputs out.safetensors\n"
      "  clew run model.onnx --inputs in.safetensors --outputs out.safetensors\n\n"
      "IN holds ids [tokens], offsets [batch+1] and, if wanted, segments [tokens], I32 or I64; sequence i is\n"
      "ids[offsets[i]..offsets[i+1]). OUT gets F32: hidden [tokens,hidden]; pooled [batch,hidden]; logits with a "
      "head;\n"
      "whatever else the model names (lm, sentence); hidden.0 (embeddings), hidden.1 ... with --layers.\n"
      "Of an ONNX file, IN holds its inputs and OUT gets its outputs, by their names, shapes and types. One that is a "
      "language\nmodel is compiled; any other runs op by op, and a note says why.");
  addModelArgument(*command, arguments->model);
  addTargetOptions(*command, arguments->options);
  addRunOptions(*command, arguments->run);
  command->add_flag("--layers", arguments->layers, "Also write what each layer gives");
  command->add_flag("--op-by-op", arguments->byOp,
                    "Of an ONNX file: run its ops one by one, padded, even where the compiler takes the graph");
  command->callback([arguments, &chosen] { chosen = [arguments] { return compileAndRun(*arguments); }; });
}

} // namespace clew

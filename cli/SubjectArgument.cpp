// See SubjectArgument.h.
#include "cli/SubjectArgument.h"

#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/RunProgram.h"
#include "suites/data/Dataset.h"

#include <CLI/CLI.hpp>

namespace clew {

void addSubjectOptions(CLI::App &command, SubjectArgument &argument) {
  addModelArgument(command, argument.model, /*withTask=*/false);
  command.add_option("--task", argument.model.task, "A task's name, or its YAML")->required()->type_name("TASK");
  addTasksOption(command, argument.model.tasks);
  CLI::Option_group *weights = command.add_option_group("weights", "One of");
  weights->add_option("--weights", argument.subject.weights, "A .safetensors file or a Hugging Face folder")
      ->type_name("WEIGHTS");
  weights->add_flag("--random-weights", argument.randomWeights, "Random ones, of --seed: for trying, never for scores");
  weights->require_option(1);
  addDataOption(command, argument.data);
  command
      .add_option("--vocab", argument.subject.vocabulary,
                  "vocab.txt, or a folder of tokenizer files; else that of the weights, or the one that fits")
      ->type_name("PATH");
  addTargetOptions(command, argument.subject.compile);
  command.add_option("--seed", argument.subject.seed, "Of random weights; 0 by default")->type_name("N");
  argument.subject.threads = 0;
  command.add_option("--threads", argument.subject.threads, "Threads; by default one a core")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command.add_flag("--deterministic", argument.subject.deterministic,
                   "The same bits whatever the threads and the other rows");
}

Result<Subject> openSubject(const Task &task, const Model &model, SubjectArgument &argument) {
  SubjectOptions &options = argument.subject;
  noteUnused(options.compile);
  options.dataFolder = dataFolder(argument.data).value_or("");
  options.threads = options.threads > 0 ? options.threads : usableCores();
  if (argument.randomWeights) {
    say("note: the weights are random (seed {}), and so is what the model says\n", options.seed);
  }
  Result<Subject> subject = [&] {
    const Progress progress("loading " + model.name());
    return Subject::open(task, model, options);
  }();
  if (subject) {
    for (const std::string &note : subject->notes()) {
      say("note: {}\n", note);
    }
  }
  return subject;
}

} // namespace clew

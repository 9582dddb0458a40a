// MODEL, --zoo, --task, --target, --precision, --cpu, --bf16, --products: what commands that compile a model have in common, so that they mean
// the same everywhere.
#pragma once

#include "compiler/Compile.h"
#include "runtime/base/Result.h"
#include "suites/data/Task.h"
#include "zoo/Zoo.h"

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace clew {

struct ModelArgument {
  std::string spec;               ///< architecture/size, architecture, or path.yaml[:size]
  std::vector<std::string> zoo;   ///< further zoo folders
  std::string task;               ///< HEAD:LABELS, a task's name or its YAML, or empty
  std::vector<std::string> tasks; ///< further folders of tasks
};

/// MODEL and --zoo, and --task and --tasks if `withTask`.
void addModelArgument(CLI::App &command, ModelArgument &argument, bool withTask = true);

/// --zoo alone.
void addZooOption(CLI::App &command, std::vector<std::string> &zoo);

/// --tasks alone.
void addTasksOption(CLI::App &command, std::vector<std::string> &tasks);

/// --data, the folder that dataFolder() takes.
void addDataOption(CLI::App &command, std::string &data);

/// --bf16, --products.
void addExecutionOptions(CLI::App &command, Execution &execution);

/// Says on stderr which of the options that were given change nothing for this target and precision.
void noteUnused(const CompileOptions &options);

/// --target, --precision, --cpu, and addExecutionOptions. `options` holds the defaults.
void addTargetOptions(CLI::App &command, CompileOptions &options);

/// The zoo of the installation and of `folders` (--zoo). A file that is wrong is a note to stderr; its model alone is not there.
Result<Zoo> openZoo(const std::vector<std::string> &folders);

/// The model with its head: the one of the zoo that has this name, else the one for the task that has it. NotFound if there is no such
/// model, size, head or task (codeOf).
Result<Model> loadModel(const ModelArgument &argument);

/// A model with its head, and the task that the head is for, if one was named.
struct ModelForTask {
  Model model;
  std::optional<Task> task;
};

/// The same, with the task. Errors as loadModel.
Result<ModelForTask> loadModelAndTask(const ModelArgument &argument);

/// The outputs that a model names; those of a numbered family (`hidden.0`, `hidden.1`, ...) only with `layers`.
std::vector<std::string> outputNames(const Model &model, bool layers);

/// argument.spec with the head for `task`, read once. NotFound as loadModel; Unsupported for a model that cannot do such tasks.
Result<Model> loadModelFor(const Task &task, const ModelArgument &argument);

/// The task of that name, of the installation or of `folders` (--tasks), or of a YAML file. NotFound if there is none.
Result<Task> findTask(const std::vector<std::string> &folders, const std::string &name);

} // namespace clew

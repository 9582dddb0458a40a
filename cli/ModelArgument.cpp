// Reads the arguments that choose a model and a target, and finds the model.
#include "cli/ModelArgument.h"

#include "cli/ChoiceOption.h"
#include "cli/Output.h"
#include "cli/TaskArgument.h"
#include "suites/data/Task.h"
#include "zoo/Zoo.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace clew {

void addZooOption(CLI::App &command, std::vector<std::string> &zoo) {
  command.add_option("--zoo", zoo, "A folder of models and heads beside the installation's; may be given again")
      ->type_name("DIR")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void addModelArgument(CLI::App &command, ModelArgument &argument, bool withTask) {
  command.add_option("MODEL", argument.spec, "architecture/size, architecture, or path.yaml[:size]")->required();
  addZooOption(command, argument.zoo);
  if (withTask) {
    command
        .add_option("--task", argument.task,
                    "Put the head for this task on the model: a task's name or YAML, or a head with so many labels, "
                    "e.g. tnews, "
                    "classify:15, tag:21, span")
        ->type_name("TASK|HEAD[:LABELS]");
    addTasksOption(command, argument.tasks);
  }
}

void addDataOption(CLI::App &command, std::string &data) {
  command.add_option("--data", data, "Folder of data sets; by default $CLEW_DATA, then ~/.cache/clew/data")
      ->type_name("DIR");
}

void addTasksOption(CLI::App &command, std::vector<std::string> &tasks) {
  command.add_option("--tasks", tasks, "A folder of tasks beside the installation's; may be given again")
      ->type_name("DIR")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void addExecutionOptions(CLI::App &command, Execution &execution) {
  addChoice(command, "--bf16", execution.bf16, kBf16Products,
            "How bf16 and int8 programs multiply bf16: auto (default), native dot instructions, or widen to f32");
  addChoice(command, "--products", execution.products, kProducts,
            "Whose matrix products: auto (default): the faster ones; library: oneDNN's alone");
}

void noteUnused(const CompileOptions &options) {
  const auto note = [](std::string_view flag, std::string_view why) {
    say("note: {} changes nothing: {}\n", flag, why);
  };
  const bool bf16 = options.execution.bf16 != Bf16Products::Auto;
  if (options.target != Target::Cpu) {
    const std::string why = fmt::format("the {} target has one way to compute", nameOf(options.target));
    if (bf16) {
      note("--bf16", why);
    }
    if (options.execution.products != Products::Auto) {
      note("--products", why);
    }
    if (!options.cpu.empty() && options.target == Target::Ref) {
      note("--cpu", why);
    }
  } else if (options.target == Target::Cuda) {
    constexpr std::string_view why = "on the cuda target cuBLASLt multiplies, as the chip does it";
    if (bf16) {
      note("--bf16", why);
    }
    if (options.execution.products != Products::Auto) {
      note("--products", why);
    }
  } else if (bf16 && options.precision == Precision::F32) {
    note("--bf16", "a program of f32 multiplies no bf16");
  }
}

void addTargetOptions(CLI::App &command, CompileOptions &options) {
  addChoice(command, "--target", options.target, kTargets,
            "ref: naive loops that define the ops; cpu (default): generated code; cuda: an NVIDIA GPU");
  addChoice(command, "--precision", options.precision, kPrecisions, "Element type of products; f32 (default)");
  command
      .add_option(
          "--cpu", options.cpu,
          "LLVM's name of the CPU to compile for, e.g. x86-64-v3; this one by default. Of cuda: a chip, e.g. sm_90, "
          "whose machine code stands beside the PTX")
      ->type_name("NAME");
  addExecutionOptions(command, options.execution);
}

/// A folder that is not there is no unknown name: only that one is a usage error (codeOf).
template <typename T> static Result<T> asInput(Result<T> found) {
  if (!found && found.error().kind == ErrorKind::NotFound) {
    found.error().kind = ErrorKind::BadInput;
  }
  return found;
}

Result<Task> findTask(const std::vector<std::string> &folders, const std::string &name) {
  const Result<TaskSet> tasks = asInput(openTasks(folders));
  return tasks ? tasks->find(name) : fail(tasks);
}

/// Whether `name` is a head and not a task: they may not have the same names, or the head wins.
static bool isHead(const Zoo &zoo, const Model &model, const std::string &name) {
  return name == model.head ||
         std::ranges::any_of(zoo.heads(), [&](const ModelFile &head) { return head.architecture == name; });
}

/// The head for a task of the installation, of --tasks, or of a YAML file.
static Result<ModelForTask> withTaskNamed(const Zoo &zoo, const Model &model, const ModelArgument &argument) {
  Result<Task> task = findTask(argument.tasks, argument.task);
  if (!task) {
    Error error = task.error();
    for (const ModelFile &head : zoo.heads()) {
      error.message += (&head == zoo.heads().data() ? "; heads are " : ", ") + head.architecture;
    }
    return Failure(std::move(error));
  }
  Result<Model> made = zoo.withHead(model, std::string(task->kind->head), task->outputs());
  return made ? Result<ModelForTask>(ModelForTask{std::move(*made), std::move(*task)}) : fail(made);
}

/// "classify:15" -> kind and labels; labels are left out where the head does not ask for them.
static Result<Model> withTask(const Zoo &zoo, const Model &model, const std::string &task) {
  const size_t colon = task.find(':');
  std::optional<int64_t> labels;
  if (colon != std::string::npos) {
    int64_t number = 0;
    const char *end = task.data() + task.size();
    const auto [last, error] = std::from_chars(task.data() + colon + 1, end, number);
    if (error != std::errc() || last != end || number < 1) {
      return fail(ErrorKind::NotFound, fmt::format("--task {}: expected a number of labels after the colon", task));
    }
    labels = number;
  }
  return zoo.withHead(model, task.substr(0, colon), labels);
}

Result<Zoo> openZoo(const std::vector<std::string> &folders) {
  Result<Zoo> zoo = asInput(Zoo::open(folders));
  if (zoo) {
    for (const Error &error : zoo->errors()) {
      say("note: {}: {}; this file is left out\n", error.where, error.message);
    }
  }
  return zoo;
}

std::vector<std::string> outputNames(const Model &model, bool layers) {
  std::vector<std::string> names;
  for (const auto &[name, value] : model.outputs) {
    const size_t dot = name.rfind('.');
    const bool isNumbered =
        dot != std::string::npos && name.find_first_not_of("0123456789", dot + 1) == std::string::npos;
    if (layers || !isNumbered) {
      names.push_back(name);
    }
  }
  return names;
}

Result<Model> loadModelFor(const Task &task, const ModelArgument &argument) {
  const Result<Zoo> zoo = openZoo(argument.zoo);
  Result<Model> model = zoo ? zoo->findModel(argument.spec) : fail(zoo);
  return model ? zoo->withHead(*model, std::string(task.kind->head), task.outputs()) : std::move(model);
}

Result<ModelForTask> loadModelAndTask(const ModelArgument &argument) {
  Result<Zoo> zoo = openZoo(argument.zoo);
  if (!zoo) {
    return fail(zoo);
  }
  Result<Model> model = zoo->findModel(argument.spec);
  if (model && !argument.task.empty()) {
    if (argument.task.find(':') == std::string::npos && !isHead(*zoo, *model, argument.task)) {
      return withTaskNamed(*zoo, *model, argument);
    }
    model = withTask(*zoo, *model, argument.task);
  }
  return model ? Result<ModelForTask>(ModelForTask{std::move(*model), std::nullopt}) : fail(model);
}

Result<Model> loadModel(const ModelArgument &argument) {
  Result<ModelForTask> loaded = loadModelAndTask(argument);
  return loaded ? Result<Model>(std::move(loaded->model)) : fail(loaded);
}

} // namespace clew

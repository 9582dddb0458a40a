// clew score: the judge alone: anybody's predictions against a task's labels. It runs no model.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/Table.h"
#include "cli/TaskArgument.h"
#include "suites/data/Dataset.h"
#include "suites/metrics/Score.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace clew {
namespace {

struct ScoreArguments {
  std::string task;
  std::string predictions;
  std::string split = "dev";
  std::string data;
  std::vector<std::string> tasks;
  BootstrapOptions bootstrap;
  bool json = false;
};

struct Judged {
  Task task;
  Dataset dataset;
  Scores scores;
  int64_t ofSkipped = 0; ///< predictions about rows that the task skips
};

Result<Judged> judge(Task task, const ScoreArguments &arguments) {
  const Result<std::string> folder = dataFolder(arguments.data);
  if (!folder) {
    return fail(folder);
  }
  Result<Dataset> dataset = readSplit(task, arguments.split, *folder);
  if (!dataset) {
    return fail(dataset);
  }
  if (!dataset->labelled) {
    return fail(ErrorKind::BadInput,
                fmt::format("split '{}' of task '{}' has no labels to score against", arguments.split, task.name),
                dataset->path);
  }
  Result<std::vector<Prediction>> read = readPredictions(task, arguments.predictions);
  if (!read) {
    return fail(read);
  }
  const Result<MatchedPredictions> matched =
      matchPredictions(task, dataset->rows, dataset->skipped, std::move(*read), arguments.predictions);
  if (!matched) {
    return fail(matched);
  }
  Result<Scores> scores = score(task, dataset->rows, matched->predictions, arguments.bootstrap);
  if (!scores) {
    return fail(scores);
  }
  return Judged{std::move(task), std::move(*dataset), std::move(*scores), matched->ofSkipped};
}

std::string percent(double value) { return fmt::format("{:.2f}", value); }

/// A label with its name for people, if it has one.
std::string shown(const Task &task, const std::string &label) {
  for (size_t i = 0; i < task.labelNames.size() && i < task.labels.size(); ++i) {
    if (task.labels[i] == label && task.labelNames[i] != label) {
      return label + " " + task.labelNames[i];
    }
  }
  return label;
}

void printTables(const Judged &judged, const std::string &split) {
  const Scores &scores = judged.scores;
  printOut("{} {}: {} rows\n\n", judged.task.name, split, grouped(scores.rows));
  Table metrics({{"metric"}, {"%", Align::Right}, {"95 % from", Align::Right}, {"to", Align::Right}});
  for (const auto &[name, interval] : scores.metrics) {
    metrics.add({name, percent(interval.value), percent(interval.lo), percent(interval.hi)});
  }
  printText(metrics.render());
  if (scores.perClass.empty()) {
    return;
  }
  Table classes({{"class"},
                 {"precision", Align::Right},
                 {"recall", Align::Right},
                 {"f1", Align::Right},
                 {"support", Align::Right}});
  for (const auto &[name, one] : scores.perClass) {
    classes.add(
        {shown(judged.task, name), percent(one.precision), percent(one.recall), percent(one.f1), grouped(one.support)});
  }
  printText("\n" + classes.render());
}

int judgeAndPrint(const ScoreArguments &arguments) {
  Result<Task> task = findTask(arguments.tasks, arguments.task);
  if (!task) {
    return report(task.error(), codeOf(task.error()));
  }
  const Result<Judged> judged = [&] {
    const Progress progress("scoring " + arguments.predictions);
    return judge(std::move(*task), arguments);
  }();
  if (!judged) {
    return report(judged.error());
  }
  if (!judged->dataset.official) {
    say("note: {} is not the official file: these scores compare with no others\n", judged->dataset.path);
  }
  printNotes(judged->dataset);
  const size_t skipped = judged->dataset.skipped.size();
  if (judged->ofSkipped > 0) {
    say("note: {} of the {} skipped rows {} a prediction, which is not judged\n", judged->ofSkipped, skipped,
        judged->ofSkipped == 1 ? "has" : "have");
  }
  if (arguments.json) {
    nlohmann::ordered_json json = toJson(judged->task, arguments.split, judged->scores);
    if (judged->ofSkipped > 0) {
      json["skipped"] = {{"rows", skipped}, {"predictions", judged->ofSkipped}};
    }
    printJson(json);
  } else {
    printTables(*judged, arguments.split);
  }
  return kDone;
}

} // namespace

void addScoreCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<ScoreArguments>();
  CLI::App *command = app.add_subcommand("score", "Judge predictions by a task's labels");
  command->footer("Example:\n  clew score cluener predictions.jsonl --data data --json\n\n"
                  "PREDICTIONS has one JSON a line for every row of the split, in any order:\n"
                  "  {\"id\": 0, \"label\": \"102\", \"probs\": {..}}   probs may be left out\n"
                  "  {\"id\": 0, \"label\": {\"name\": {\"叶老桂\": [[9, 11]]}}}   ends are inclusive\n"
                  "  {\"id\": \"DEV_0_QUERY_0\", \"answer\": \"..\"}\n"
                  "id is the official row's own, else its number from 0. docs/metrics.md defines the metrics.");
  command->add_option("TASK", arguments->task, "A task's name, or its YAML")->required();
  command->add_option("PREDICTIONS", arguments->predictions, "File of predictions")->required();
  command->add_option("--split", arguments->split, "A split of the task's data")
      ->type_name("NAME")
      ->capture_default_str();
  addDataOption(*command, arguments->data);
  addTasksOption(*command, arguments->tasks);
  command->add_option("--seed", arguments->bootstrap.seed, "Of the bootstrap")->type_name("N")->capture_default_str();
  command->add_option("--threads", arguments->bootstrap.threads, "Threads; the scores do not depend on it")
      ->check(CLI::Range(1, 1024))
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "Print JSON");
  command->callback([arguments, &chosen] { chosen = [arguments] { return judgeAndPrint(*arguments); }; });
}

} // namespace clew

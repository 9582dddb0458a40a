// clew train: a recipe to weights.
#include "cli/ChoiceOption.h"
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/RunProgram.h"
#include "cli/Table.h"
#include "suites/data/Dataset.h"
#include "training/Trainer.h"
#include "yaml/InstalledYaml.h"
#include "zoo/ModelReader.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace clew {
namespace {

struct TrainArguments {
  std::string recipe;
  std::vector<std::string> set;
  ModelArgument model; ///< further folders of zoo and tasks
  std::string data;
  TrainOptions options;
  bool dryRun = false;
};

Result<TrainedModels> modelsOf(const Recipe &recipe, const Task &task, const TrainArguments &arguments) {
  const Result<Zoo> zoo = openZoo(arguments.model.zoo);
  if (!zoo) {
    return fail(zoo);
  }
  const auto bodyOf = [&](const std::string &name, const std::map<std::string, Attribute> &params) {
    Result<Model> model = zoo->findModel(name);
    return model && !params.empty() ? withParams(*model, params) : model;
  };
  const auto withTaskHead = [&](const Model &body) {
    return zoo->withHead(body, std::string(task.kind->head), task.outputs());
  };
  Result<Model> body = bodyOf(recipe.model, recipe.params);
  Result<Model> model = body ? withTaskHead(*body) : body;
  if (!model) {
    return fail(model);
  }
  TrainedModels models{std::move(*model), std::move(*body), std::nullopt};
  if (recipe.teacher) {
    const Result<Model> bare = bodyOf(recipe.teacher->model, recipe.teacher->params);
    Result<Model> teacher = bare ? withTaskHead(*bare) : bare;
    if (!teacher) {
      return fail(teacher);
    }
    models.teacher = std::move(*teacher);
  }
  return models;
}

void showPlan(const Recipe &recipe, const TrainingPlan &plan) {
  Table table({{"what"}, {"", Align::Right}});
  table.add({"numbers that are trained", grouped(plan.parameters)});
  table.add({"sequences", grouped(plan.sequences)});
  table.add({"held out to choose the epoch", grouped(plan.heldOut)});
  table.add({"tokens", grouped(plan.tokens)});
  table.add({"tokens of the longest", grouped(plan.longest)});
  table.add({"updates", fmt::format("{} x {}", recipe.epochs, grouped(plan.stepsOfEpoch))});
  table.add({"memory of weights, gradients, moments",
             fmt::format("{:.1f} MiB", static_cast<double>(plan.stateBytes) / (1 << 20))});
  table.add({"products of an epoch", fmt::format("{:.2f} TFLOP", plan.flopsOfEpoch / 1e12)});
  sayText(table.render());
}

void showScores(const Recipe &recipe, const FinalReport &result) {
  if (!result.scores) {
    return;
  }
  Table table({{"metric"}, {recipe.reportSplit, Align::Right}, {"95 %", Align::Right}});
  for (const auto &[name, interval] : result.scores->metrics) {
    table.add({name, fmt::format("{:.2f}", interval.value), fmt::format("{:.2f} .. {:.2f}", interval.lo, interval.hi)});
  }
  printText(table.render());
  const auto &[metric, interval] = result.scores->metrics.front();
  say("always the same answer would have {} {:.2f}: these weights are {} that\n", metric, result.majority,
      interval.lo > result.majority   ? "above"
      : interval.hi < result.majority ? "below"
                                      : "not clearly above");
}

Result<void> train(const Recipe &recipe, Trainer &trainer) {
  auto progress = std::make_unique<Progress>("training", trainer.plan().stepsOfEpoch);
  progress->advance(trainer.stepsDone() % trainer.plan().stepsOfEpoch);
  double speed = 0;
  const Result<FinalReport> result = trainer.run(
      [&](const StepReport &step) {
        progress->advance();
        progress->note(fmt::format("epoch {} of {}, loss {:.4g}, rate {:.2g}, {:.0f} tokens/s", step.epoch,
                                   recipe.epochs, step.loss, step.rate, step.tokensPerSecond));
        speed = step.tokensPerSecond;
      },
      [&](const EpochReport &epoch) {
        progress.reset();
        say("epoch {:>3}  loss {:.4f}  score {:.2f}{}  {:.0f} tokens/s  {:.0f} s\n", epoch.epoch, epoch.loss,
            epoch.score, epoch.best ? " *" : "  ", speed, epoch.seconds);
        if (epoch.epoch < recipe.epochs) {
          progress = std::make_unique<Progress>("training", trainer.plan().stepsOfEpoch);
        }
      });
  progress.reset();
  if (!result) {
    return fail(result);
  }
  say("best epoch {}, score {:.2f} on the rows that chose it; weights in {}\n", result->bestEpoch, result->chosenBy,
      result->weights);
  showScores(recipe, *result);
  return {};
}

int run(TrainArguments &arguments) {
  const Result<std::string> path = installedYaml("training/recipes", "recipe", arguments.recipe);
  const Result<Recipe> recipe = path ? readRecipe(*path, arguments.set) : fail(path);
  if (!recipe) {
    return report(recipe.error(), codeOf(recipe.error()));
  }
  const Result<Task> task = findTask(arguments.model.tasks, recipe->task);
  const Result<TrainedModels> models = task ? modelsOf(*recipe, *task, arguments) : fail(task);
  if (!models) {
    return report(models.error(), codeOf(models.error()));
  }
  TrainOptions &options = arguments.options;
  options.dataFolder = dataFolder(arguments.data).value_or("");
  options.threads = options.threads > 0 ? options.threads : usableCores();
  options.out = options.out.empty() ? recipe->name : options.out;
  Result<std::unique_ptr<Trainer>> trainer = [&] {
    const Progress progress("preparing " + recipe->name);
    return Trainer::open(*recipe, *task, *models, options);
  }();
  if (!trainer) {
    return report(trainer.error());
  }
  for (const std::string &note : (*trainer)->notes()) {
    say("note: {}\n", note);
  }
  showPlan(*recipe, (*trainer)->plan());
  if (arguments.dryRun) {
    return kDone;
  }
  if ((*trainer)->stepsDone() > 0) {
    say("going on after update {}\n", (*trainer)->stepsDone());
  }
  hintOnInterrupt("the same command goes on from the last saving");
  const Result<void> trained = train(*recipe, **trainer);
  return trained ? kDone : report(trained.error());
}

} // namespace

void addTrainCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<TrainArguments>();
  arguments->options.threads = 0;
  CLI::App *command = app.add_subcommand("train", "Make weights: train a model by a recipe");
  command->footer("Examples:\n  clew train cluener-bilstm-crf --out tagger\n"
                  "  clew train my-recipe.yaml --set optimizer.rate=5e-4 --set seed=2 --out run2\n"
                  "  clew train cluener-bilstm-crf --dry-run\n\n"
                  "The folder gets best.safetensors (for predict, bench), log.jsonl, run.json, and "
                  "training.safetensors, from which the same\n"
                  "command goes on after Ctrl-C to the same last bit.");
  command->add_option("RECIPE", arguments->recipe, "A recipe's name, or its YAML")->required();
  command->add_option("--set", arguments->set, "A value in place of the recipe's, keys with dots")
      ->type_name("KEY=VALUE");
  command->add_option("--out", arguments->options.out, "Folder of the run; by default the recipe's name")
      ->type_name("DIR");
  command->add_flag("--dry-run", arguments->dryRun, "Says what the run would be, and ends");
  addZooOption(*command, arguments->model.zoo);
  addTasksOption(*command, arguments->model.tasks);
  addDataOption(*command, arguments->data);
  command
      ->add_option("--vocab", arguments->options.vocabulary,
                   "vocab.txt; else that of the weights, or the one that fits")
      ->type_name("FILE");
  command
      ->add_option("--checkpoint-every", arguments->options.saveEvery,
                   "Seconds between savings inside an epoch; 60 by default")
      ->check(CLI::Range(0.0, 1e6))
      ->type_name("S");
  addChoice(*command, "--target", arguments->options.target, kTargets,
            "ref: naive loops that define the ops; cpu (default)");
  command->add_option("--threads", arguments->options.threads, "Threads; by default one a core")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command->callback([arguments, &chosen] { chosen = [arguments] { return run(*arguments); }; });
}

} // namespace clew

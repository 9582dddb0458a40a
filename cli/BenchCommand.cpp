// clew bench: scores and times every cell of a board, one record a cell.
#include "cli/BuildFacts.h"
#include "cli/ChoiceOption.h"
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/Output.h"
#include "cli/Progress.h"
#include "cli/ShardOption.h"
#include "cli/Table.h"
#include "suites/run/Bench.h"
#include "suites/run/BenchGroups.h"
#include "suites/run/BoardReader.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace clew {
namespace {

/// What replaces a part of the board; empty: the board's.
struct BoardChanges {
  std::vector<std::string> models;
  std::vector<std::string> tasks; ///< names, and folders of tasks
  std::vector<ScenarioKind> scenarios;
  std::vector<Precision> precisions;
  std::vector<Target> targets;
  std::vector<int> threads;
  std::optional<Tier> tier;
  std::string split;
};

struct BenchArguments {
  std::string board;
  BoardChanges changes;
  BenchOptions options;
  Shard shard;
  bool planOnly = false;
  bool json = false;
};

void apply(const BoardChanges &changes, Board &board, BenchOptions &options) {
  if (!changes.models.empty()) {
    board.models = changes.models;
  }
  std::vector<BoardTask> tasks;
  for (const std::string &task : changes.tasks) {
    std::error_code code;
    if (std::filesystem::is_directory(task, code)) {
      options.taskFolders.push_back(task);
    } else {
      tasks.push_back({task, ""});
    }
  }
  if (!tasks.empty()) {
    board.tasks = std::move(tasks);
  }
  board.scenarios = changes.scenarios.empty() ? board.scenarios : changes.scenarios;
  if (std::ranges::find(board.scenarios, ScenarioKind::SingleStream) == board.scenarios.end()) {
    board.lengths.clear();
  }
  board.precisions = changes.precisions.empty() ? board.precisions : changes.precisions;
  board.targets = changes.targets.empty() ? board.targets : changes.targets;
  board.threads = changes.threads.empty() ? board.threads : changes.threads;
  board.tier = changes.tier.value_or(board.tier);
  board.split = changes.split.empty() ? board.split : changes.split;
}

/// The plan, for people, before anything runs.
void showPlan(const BenchPlan &plan, const BenchOptions &options) {
  Table table({{"model"},
               {"task"},
               {"rows", Align::Right},
               {"weights"},
               {"target"},
               {"precision"},
               {"threads", Align::Right},
               {"cells", Align::Right},
               {"scenarios"}});
  for (const Configuration &configuration : plan.configurations) {
    std::string scenarios;
    size_t lengths = 0;
    for (const CellKey &cell : configuration.cells) {
      lengths += cell.length > 0 ? 1 : 0;
      if (cell.length == 0) {
        scenarios += fmt::format("{}{}", scenarios.empty() ? "" : ", ", nameOf(cell.scenario));
      }
    }
    scenarios += lengths > 0 ? fmt::format(", {} lengths", lengths) : "";
    table.add({configuration.key.model, configuration.task.name,
               grouped(static_cast<int64_t>(configuration.data->rows.size())),
               configuration.weights.empty() ? "random" : configuration.weights,
               std::string(nameOf(configuration.key.target)), std::string(nameOf(configuration.key.precision)),
               std::to_string(configuration.key.threads), std::to_string(configuration.cells.size()), scenarios});
  }
  sayText(table.render());
  for (const LeftOut &left : plan.leftOut) {
    say("{}{}: {}{}\n", left.missing ? "left out: " : "", left.what, left.why,
        left.noWeights ? "; give --weights DIR or --random-weights" : "");
  }
  for (const std::string &note : plan.notes) {
    say("note: {}\n", note);
  }
  say("{} cells of {} s and their accuracy runs, tier {}; records go to {}\n", plan.cellCount(),
      secondsOf(plan.board.tier), nameOf(plan.board.tier), recordsPath(options.out));
}

/// For engines: a line for each part that may run by itself.
int printPlan(const BenchPlan &plan) {
  for (const LeftOut &left : plan.leftOut) {
    say("{}{}: {}\n", left.missing ? "left out: " : "", left.what, left.why);
  }
  for (const nlohmann::ordered_json &line : planLines(plan)) {
    printText(line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  }
  return std::ranges::any_of(plan.leftOut, &LeftOut::missing) ? kFailed : kDone;
}

std::string shown(const nlohmann::ordered_json &value, std::string_view otherwise = "") {
  return value.is_number() ? fmt::format("{:.4g}", value.get<double>()) : std::string(otherwise);
}

/// The records of the plan's cells, as they are on disk.
Result<std::vector<Record>> recordsOf(const BenchPlan &plan, const std::string &out) {
  std::set<std::string> wanted;
  for (const Configuration &configuration : plan.configurations) {
    for (const CellKey &cell : configuration.cells) {
      wanted.insert(cell.id());
    }
  }
  Result<std::vector<SourcedRecord>> all = recordsSoFar(recordsPath(out));
  if (!all) {
    return fail(all);
  }
  std::vector<Record> records;
  for (SourcedRecord &sourced : *all) {
    if (wanted.contains(sourced.record.id())) {
      records.push_back(std::move(sourced.record));
    }
  }
  return records;
}

void showRecords(const std::vector<Record> &records) {
  Table table({{"model"},
               {"task"},
               {"precision"},
               {"threads", Align::Right},
               {"scenario"},
               {"tokens", Align::Right},
               {"score", Align::Right},
               {"p50 ms", Align::Right},
               {"p90 ms", Align::Right},
               {"p99 ms", Align::Right},
               {"rows/s", Align::Right},
               {"tokens/s", Align::Right},
               {"id"}});
  bool random = false;
  for (const Record &record : records) {
    const auto &json = record.json;
    const auto &latency = json["latency_ms"];
    const auto percentile = [&](const char *name) {
      return latency.is_object() ? shown(latency[name], "not enough samples") : std::string();
    };
    const std::string headline = json["headline"].get<std::string>();
    const int64_t length = json["length"].get<int64_t>();
    random = random || json["random_weights"].get<bool>();
    table.add({json["model"].get<std::string>(), json["task"].get<std::string>(), json["precision"].get<std::string>(),
               json["threads"].dump(), json["scenario"].get<std::string>(), length > 0 ? std::to_string(length) : "own",
               headline.empty() ? "" : fmt::format("{:.2f}", json["metrics"][headline]["value"].get<double>()),
               percentile("p50"), percentile("p90"), percentile("p99"), shown(json["rows_per_s"]),
               shown(json["tokens_per_s"]), record.id()});
  }
  printText(table.render());
  if (random) {
    printOut("The weights are random: times are real, scores mean nothing.\n");
  }
}

int finish(const BenchPlan &plan, const BenchArguments &arguments, const std::vector<Error> &errors) {
  const Result<std::vector<Record>> records = recordsOf(plan, arguments.options.out);
  if (!records) {
    return report(records.error());
  }
  const bool missing = std::ranges::any_of(plan.leftOut, &LeftOut::missing);
  if (arguments.json) {
    nlohmann::ordered_json out;
    out["board"] = plan.board.name;
    out["records_file"] = recordsPath(arguments.options.out);
    out["records"] = nlohmann::ordered_json::array();
    for (const Record &record : *records) {
      out["records"].push_back(record.json);
    }
    out["left_out"] = nlohmann::ordered_json::array();
    for (const LeftOut &left : plan.leftOut) {
      out["left_out"].push_back({{"what", left.what}, {"why", left.why}, {"missing", left.missing}});
    }
    out["errors"] = nlohmann::ordered_json::array();
    for (const Error &error : errors) {
      out["errors"].push_back(error.render());
    }
    printJson(out);
  } else {
    showRecords(*records);
  }
  for (const Error &error : errors) {
    report(error);
  }
  if (missing) {
    say("error: some of the board was left out because its data or weights are not there (see above)\n");
  }
  return missing || !errors.empty() ? kFailed : kDone;
}

int bench(BenchArguments &arguments) {
  Result<Board> board = findBoard(arguments.board);
  if (!board) {
    return report(board.error(), codeOf(board.error()));
  }
  apply(arguments.changes, *board, arguments.options);
  if (arguments.options.out.empty()) {
    arguments.options.out = "bench-" + board->name;
  }
  Result<BenchPlan> plan = [&] {
    const Progress progress("reading models, weights and data");
    return planBench(std::move(*board), arguments.options);
  }();
  if (!plan) {
    return report(plan.error(), codeOf(plan.error()));
  }
  if (arguments.planOnly) {
    return printPlan(*plan);
  }
  keepShard(*plan, arguments.shard);
  showPlan(*plan, arguments.options);
  hintOnInterrupt("what is measured is kept; the same command again does what is missing");
  std::vector<Error> errors;
  int64_t there = 0;
  {
    Progress progress("measuring", static_cast<int64_t>(plan->cellCount()));
    const BuildFacts build = buildFacts();
    const Result<void> done = runBench({*plan, arguments.options, build}, [&](const CellOutcome &outcome) {
      there += outcome.wasThere ? 1 : 0;
      if (outcome.error) {
        Error error = *outcome.error;
        error.message =
            fmt::format("{} x {}, {}, {}: {}", outcome.configuration.key.model, outcome.configuration.task.name,
                        nameOf(outcome.configuration.key.precision), nameOf(outcome.cell.scenario), error.message);
        errors.push_back(std::move(error));
      }
      for (const std::string &note : outcome.notes) {
        say("note: {}\n", note);
      }
      progress.advance();
    });
    if (!done) {
      return report(done.error());
    }
  }
  if (there > 0) {
    say("{} of {} cells had their record already\n", there, plan->cellCount());
  }
  return finish(*plan, arguments, errors);
}

void addBoardOptions(CLI::App &command, BoardChanges &changes) {
  const auto list = [&](const std::string &name, auto &values, const std::string &help) {
    return command.add_option(name, values, help)
        ->delimiter(',')
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  list("--models", changes.models, "Instead of the board's, separated by commas")->type_name("A,B");
  list("--tasks", changes.tasks, "Instead of the board's; a folder adds its tasks to the installation's")
      ->type_name("A,B|DIR");
  addChoices(command, "--scenarios", changes.scenarios, kScenarios, "Of accuracy, single-stream, server, offline");
  addChoices(command, "--precision", changes.precisions, kPrecisions, "Of f32, bf16, int8");
  addChoices(command, "--target", changes.targets, kTargets, "Of ref, cpu, cuda");
  list("--threads", changes.threads, "Numbers of threads")->check(CLI::Range(1, 1024))->type_name("N,M");
  addChoice(command, "--tier", changes.tier, kTiers, "smoke 5 s, standard 60 s, official 600 s a cell");
  command.add_option("--split", changes.split, "Which rows: dev (as a rule), test, ...")->type_name("NAME");
}

} // namespace

void addBenchCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<BenchArguments>();
  CLI::App *command = app.add_subcommand("bench", "Score and time every cell of a board, one record a cell");
  command->footer(
      "Example:\n  clew bench smoke --random-weights --out build/smoke\n\n"
      "BOARD is a name of suites/boards or a path.yaml. A cell whose record is in DIR/records.jsonl is not run "
      "again.\nWeights are looked for in DIR/<architecture>/<size>/<task>/.");
  command->add_option("BOARD", arguments->board, "What to measure")->required();
  addBoardOptions(*command, arguments->changes);
  BenchOptions &options = arguments->options;
  command->add_option("--weights", options.weights, "Folder of weights")->type_name("DIR");
  command->add_flag("--random-weights", options.randomWeights,
                    "Draw weights where there are none; marked, never ranked");
  command->add_option("--seed", options.seed, "Of random weights and of the order of queries; 1 by default")
      ->check(CLI::Range(0u, 4294967294u))
      ->type_name("N");
  command->add_flag("--deterministic", options.deterministic, "The same bits whatever the threads and the batches");
  command->add_option("--cpu", options.cpu, "LLVM's name of the CPU to compile for; this one by default")
      ->type_name("NAME");
  addExecutionOptions(*command, options.execution);
  command->add_option("--vocab", options.vocabulary, "vocab.txt, or a folder of tokenizer files; searched by default")
      ->type_name("PATH");
  addDataOption(*command, options.data);
  addZooOption(*command, options.zoo);
  command->add_option("--out", options.out, "Folder of records and predictions; bench-BOARD by default")
      ->type_name("DIR");
  command->add_flag("--json", arguments->json, "Print the records as JSON");
  command->add_flag("--plan", arguments->planOnly,
                    "Measure nothing; print a line of JSON for each part that may run by itself (--shard I/N)");
  addShardOption(*command, arguments->shard);
  command->callback([arguments, &chosen] { chosen = [arguments] { return bench(*arguments); }; });
}

} // namespace clew

// clew drive: the scenarios of `clew bench` against a server that runs somewhere else, so that what the network costs is a column.
#include "cli/ChoiceOption.h"
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/Output.h"
#include "cli/Table.h"
#include "cli/TaskArgument.h"
#include "suites/records/Cell.h"
#include "suites/serve/DrivenServer.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

struct DriveArguments {
  std::string url;
  std::string task;
  std::vector<std::string> tasks;
  std::string data;
  std::string split = "dev";
  ScenarioKind scenario = ScenarioKind::Server;
  ScenarioOptions options;
  double rate = 0; ///< server: of arrivals; 0: the highest is searched
  bool json = false;
};

Result<ScenarioResult> run(const DriveArguments &arguments, DrivenServer &server) {
  SteadyClock clock;
  switch (arguments.scenario) {
  case ScenarioKind::SingleStream:
    return runSingleStream(server, clock, arguments.options);
  case ScenarioKind::Server:
    return arguments.rate > 0 ? runServerAt(server, clock, arguments.rate, arguments.options)
                              : runServer(server, clock, arguments.options);
  case ScenarioKind::Offline:
    return runOfflineScenario(server, clock, arguments.options);
  case ScenarioKind::Accuracy:
    break;
  }
  return fail(ErrorKind::BadInput, "the accuracy run is not timed: clew predict and clew score");
}

std::string shown(const std::optional<double> &value) { return value ? fmt::format("{:.3f}", *value) : "too few"; }

Json jsonOf(const Percentiles &times) {
  const auto orNull = [](const std::optional<double> &value) { return value ? Json(*value) : Json(); };
  return {{"p50", orNull(times.p50)}, {"p90", orNull(times.p90)}, {"p99", orNull(times.p99)}};
}

int print(const DriveArguments &arguments, const DrivenServer &server, const ScenarioResult &result) {
  const Percentiles network = percentilesOf(server.network());
  const double perSecond = result.seconds > 0 ? static_cast<double>(result.queries) / result.seconds : 0;
  if (arguments.json) {
    Json rates = Json::array();
    for (const RateTried &tried : result.rates) {
      rates.push_back({{"rate_per_s", tried.rate},
                       {"queries", tried.queries},
                       {"p99_ms", tried.p99 ? Json(*tried.p99) : Json()},
                       {"held", tried.held}});
    }
    printJson({{"url", arguments.url},
               {"model", server.model()},
               {"task", arguments.task},
               {"scenario", nameOf(arguments.scenario)},
               {"queries", result.queries},
               {"rows_per_s", perSecond},
               {"rate_per_s", result.rate ? Json(*result.rate) : Json()},
               {"outside_ms", jsonOf(result.textToLabel)},
               {"inside_ms", jsonOf(result.modelOnly)},
               {"network_ms", jsonOf(network)},
               {"rates", std::move(rates)}});
    return kDone;
  }
  Table table({{"where"}, {"p50 ms", Align::Right}, {"p90 ms", Align::Right}, {"p99 ms", Align::Right}});
  for (const auto &[where, times] : {std::pair("outside, from when it was due", &result.textToLabel),
                                     std::pair("inside, as the server says", &result.modelOnly),
                                     std::pair("network and HTTP, a request", &network)}) {
    table.add({where, shown(times->p50), shown(times->p90), shown(times->p99)});
  }
  printText(table.render());
  printOut("{} rows of {} in {:.1f} s, {:.1f} a second\n", result.queries, arguments.task, result.seconds, perSecond);
  if (arguments.scenario == ScenarioKind::Server) {
    const char *which = arguments.rate > 0 ? "a rate" : "the highest rate";
    printOut("{}\n", result.rate ? fmt::format("{} whose p99 is within {} ms: {:.1f} a second", which,
                                               arguments.options.boundMs, *result.rate)
                                 : fmt::format("no rate had a p99 within {} ms", arguments.options.boundMs));
  }
  return kDone;
}

int drive(const DriveArguments &arguments) {
  if (arguments.rate > 0 && arguments.scenario != ScenarioKind::Server) {
    return report({ErrorKind::BadInput, "only queries of the scenario server arrive at a rate", "--rate"}, kUsage);
  }
  const Result<Task> task = findTask(arguments.tasks, arguments.task);
  if (!task) {
    return report(task.error(), codeOf(task.error()));
  }
  const Result<std::string> folder = dataFolder(arguments.data);
  const Result<Dataset> data = folder ? readSplit(*task, arguments.split, *folder) : fail(folder);
  if (!data) {
    return report(data.error());
  }
  printNotes(*data);
  Result<DrivenServer> server = DrivenServer::connect(arguments.url, *task, data->rows);
  if (!server) {
    return report(server.error());
  }
  const Result<ScenarioResult> result = run(arguments, *server);
  return result ? print(arguments, *server, *result) : report(result.error());
}

} // namespace

void addDriveCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<DriveArguments>();
  arguments->options.boundMs = 100;
  arguments->options.batch = 8;
  CLI::App *command = app.add_subcommand("drive", "Time a running `clew serve` from outside");
  command->footer("Example:\n  clew drive http://127.0.0.1:8080 --task tnews --scenario server --bound-ms 50\n\n"
                  "The scenarios are those of `clew bench`, over one connection; what the server takes inside it says\n"
                  "itself, and the rest is the network's. No record is made of it.");
  command->add_option("URL", arguments->url, "http://HOST:PORT")->required();
  command->add_option("--task", arguments->task, "The task that it serves")->required()->type_name("TASK");
  addTasksOption(*command, arguments->tasks);
  addDataOption(*command, arguments->data);
  command->add_option("--split", arguments->split, "Whose rows are asked")->capture_default_str()->type_name("NAME");
  addChoice(*command, "--scenario", arguments->scenario, kScenarios, "server by default");
  command->add_option("--seconds", arguments->options.seconds, "Of the timed part; of each rate that is tried")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 3600.0))
      ->type_name("S");
  command->add_option("--bound-ms", arguments->options.boundMs, "server: its p99 must stay under it")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 1e6))
      ->type_name("MS");
  command->add_option("--rate", arguments->rate, "server: arrivals a second, instead of a search for the highest rate")
      ->check(CLI::Range(1e-3, 1e6))
      ->type_name("PER_SECOND");
  command->add_option("--batch", arguments->options.batch, "server: rows that are asked together at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024))
      ->type_name("ROWS");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->callback([arguments, &chosen] { chosen = [arguments] { return drive(*arguments); }; });
}

} // namespace clew

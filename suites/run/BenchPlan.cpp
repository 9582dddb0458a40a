// Works a board out, from files that are there.
#include "suites/run/BenchPlan.h"

#include "runtime/program/LibraryVariables.h"
#include "suites/run/KeyFiller.h"
#include "suites/run/ReadMachine.h"
#include "suites/run/RowEncoder.h"
#include "zoo/Zoo.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>

namespace clew {
namespace {

int allCores() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

class Planner {
public:
  Planner(Board board, const BenchOptions &options, Zoo zoo, TaskSet tasks)
      : options(options), zoo(std::move(zoo)), tasks(std::move(tasks)) {
    plan.board = std::move(board);
    plan.seed = options.seed.value_or(1);
    plan.machine = readMachine();
    if (const auto f32 = std::ranges::find(plan.board.precisions, Precision::F32); f32 != plan.board.precisions.end()) {
      std::rotate(plan.board.precisions.begin(), f32, f32 + 1);
    }
    if (plan.board.threads.empty()) {
      plan.board.threads = {allCores()};
    }
  }

  Result<BenchPlan> run() {
    const Result<std::string> folder = dataFolder(options.data);
    if (!folder) {
      return fail(folder);
    }
    plan.dataFolder = *folder;
    for (const std::vector<Error> *wrong : {&zoo.errors(), &tasks.errors()}) {
      for (const Error &error : *wrong) {
        plan.notes.push_back(error.where + ": " + error.message + "; this file is left out");
      }
    }
    if (plan.board.tier == Tier::Smoke && std::erase(plan.board.scenarios, ScenarioKind::Server) > 0) {
      leaveOut("scenario server", "the 5 s of tier smoke are too short to find a rate", false);
    }
    std::vector<Model> models;
    for (const std::string &spec : plan.board.models) {
      Result<Model> model = zoo.findModel(spec);
      if (!model) {
        return fail(model);
      }
      models.push_back(std::move(*model));
    }
    for (const BoardTask &wanted : plan.board.tasks) {
      if (Result<void> done = addTask(wanted, models); !done) {
        return fail(done);
      }
    }
    return std::move(plan);
  }

private:
  void leaveOut(std::string what, std::string why, bool missing) {
    plan.leftOut.push_back({std::move(what), std::move(why), missing});
  }

  Result<void> addTask(const BoardTask &wanted, const std::vector<Model> &models) {
    Result<Task> task = tasks.find(wanted.name);
    if (!task) {
      return fail(task);
    }
    Result<Dataset> data = readSplit(*task, plan.board.split, plan.dataFolder);
    const bool absent = !data && data.error().kind == ErrorKind::NotFound;
    if (absent && !wanted.otherwise.empty()) {
      leaveOut(wanted.name, "its data is not there; " + wanted.otherwise + " stands in for it", false);
      task = tasks.find(wanted.otherwise);
      if (!task) {
        return fail(task);
      }
      data = readSplit(*task, plan.board.split, plan.dataFolder);
    }
    if (!data && data.error().kind == ErrorKind::NotFound) {
      leaveOut(wanted.name, data.error().render(), true);
      return {};
    }
    if (!data) {
      return fail(data);
    }
    if (data->rows.empty()) {
      return fail(ErrorKind::BadInput, "holds no rows", data->path);
    }
    for (const std::string &note : data->notes) {
      plan.notes.push_back(data->path + ": " + note);
    }
    const auto shared = std::make_shared<const Dataset>(std::move(*data));
    for (const Model &model : models) {
      if (Result<void> done = addPair(model, *task, shared); !done) {
        return done;
      }
    }
    return {};
  }

  Result<void> addPair(const Model &body, const Task &task, const std::shared_ptr<const Dataset> &data) {
    const std::string pair = body.name() + " x " + task.name;
    Result<Model> model = zoo.withHead(body, std::string(task.kind->head), task.outputs());
    if (!model) {
      if (model.error().kind != ErrorKind::Unsupported && model.error().kind != ErrorKind::NotFound) {
        return fail(model);
      }
      leaveOut(pair, model.error().message, false);
      return {};
    }
    if (const std::optional<std::string> why = cannotRead(*model, task)) {
      leaveOut(pair, *why, false);
      return {};
    }
    Configuration configuration;
    configuration.model = std::make_shared<const Model>(std::move(*model));
    configuration.task = task;
    configuration.data = data;
    if (!filler.findWeights(configuration)) {
      const std::string found =
          configuration.weights.empty() ? "no weights were given" : "no weights in " + configuration.weights;
      leaveOut(pair, found, true);
      plan.leftOut.back().noWeights = true;
      return {};
    }
    if (Result<std::string> error = filler.fillKey(configuration); !error || !error->empty()) {
      if (!error) {
        return fail(error);
      }
      leaveOut(pair, *error, true);
      return {};
    }
    for (const Target target : plan.board.targets) {
      for (const Precision precision : plan.board.precisions) {
        for (const int threads : plan.board.threads) {
          addConfiguration(configuration, target, precision, threads);
          addGrid(plan.configurations.back());
        }
      }
    }
    return {};
  }

  void addConfiguration(Configuration configuration, Target target, Precision precision, int threads) {
    configuration.key.target = target;
    configuration.key.environment = libraryVariables(target);
    configuration.key.precision = precision;
    configuration.key.threads = threads;
    for (const ScenarioKind scenario : plan.board.scenarios) {
      addCell(configuration, scenario, 0);
    }
    plan.configurations.push_back(std::move(configuration));
  }

  void addGrid(Configuration &configuration) {
    for (const int64_t length : plan.board.lengths) {
      if (configuration.longest == 0 || length <= configuration.longest) {
        addCell(configuration, ScenarioKind::SingleStream, length);
      } else {
        leaveOut(fmt::format("{} at {} tokens", configuration.model->name(), length),
                 fmt::format("it takes {} at most", configuration.longest), false);
      }
    }
  }

  void addCell(Configuration &configuration, ScenarioKind scenario, int64_t length) const {
    CellKey key = configuration.key;
    key.scenario = scenario;
    key.length = length;
    if (scenario == ScenarioKind::Server) {
      key.boundMs = plan.board.boundMs;
      key.serverBatch = plan.board.serverBatch;
    }
    configuration.cells.push_back(std::move(key));
  }

  const BenchOptions &options;
  Zoo zoo;
  TaskSet tasks;
  BenchPlan plan;
  KeyFiller filler{plan, options};
};

} // namespace

size_t BenchPlan::cellCount() const {
  size_t count = 0;
  for (const Configuration &configuration : configurations) {
    count += configuration.cells.size();
  }
  return count;
}

Result<BenchPlan> planBench(Board board, const BenchOptions &options) {
  Result<Zoo> zoo = Zoo::open(options.zoo);
  if (!zoo) {
    return fail(ErrorKind::BadInput, zoo.error().message, zoo.error().where);
  }
  Result<TaskSet> tasks = TaskSet::open(options.taskFolders);
  if (!tasks) {
    return fail(ErrorKind::BadInput, tasks.error().message, tasks.error().where);
  }
  return Planner(std::move(board), options, std::move(*zoo), std::move(*tasks)).run();
}

} // namespace clew

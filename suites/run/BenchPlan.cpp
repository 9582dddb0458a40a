// Works a board out, from files that are there.
#include "suites/run/BenchPlan.h"

#include "runtime/weights/CheckpointFormats.h"
#include "runtime/weights/Weights.h"
#include "suites/data/TaskIdentity.h"
#include "suites/run/ModelIdentity.h"
#include "suites/run/ReadMachine.h"
#include "suites/run/RowEncoder.h"
#include "suites/run/TokenizerSearch.h"
#include "zoo/Zoo.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace clew {
namespace {

namespace fs = std::filesystem;

int allCores() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

/// Rows of the smallest table that a value for which `feeds` is true goes into: what that value may be at most. 0: no such table.
template <typename Feeds> int64_t tableSize(const Model &model, Feeds feeds) {
  int64_t size = 0;
  for (const Node &node : model.nodes) {
    if (node.op != "embedding" || node.operands.empty() || !feeds(node.operands.front())) {
      continue;
    }
    for (const auto &[name, value] : node.attributes) {
      if (const int64_t *count = std::get_if<int64_t>(&value); count && name == "count") {
        size = size == 0 ? *count : std::min(size, *count);
      }
    }
  }
  return size;
}

int64_t vocabularySizeOf(const Model &model) {
  return tableSize(
      model, [&](ValueRef from) { return from.node < 0 && model.inputs[static_cast<size_t>(from.result)] == "ids"; });
}

/// Tokens that a row may have; 0: any number.
int64_t longestRowOf(const Model &model) {
  return tableSize(model, [&](ValueRef from) {
    return from.node >= 0 && model.nodes[static_cast<size_t>(from.node)].op == "positions";
  });
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
    BenchProgram program;
    program.model = std::make_shared<const Model>(std::move(*model));
    program.task = task;
    program.data = data;
    if (!findWeights(program)) {
      const std::string found = program.weights.empty() ? "no weights were given" : "no weights in " + program.weights;
      leaveOut(pair, found, true);
      plan.leftOut.back().noWeights = true;
      return {};
    }
    if (Result<std::string> error = fillKey(program); !error || !error->empty()) {
      if (!error) {
        return fail(error);
      }
      leaveOut(pair, *error, true);
      return {};
    }
    for (const Target target : plan.board.targets) {
      for (const Precision precision : plan.board.precisions) {
        for (const int threads : plan.board.threads) {
          addProgram(program, target, precision, threads);
          addGrid(plan.programs.back());
        }
      }
    }
    return {};
  }

  /// Sets `program.weights`; false when there are none and none may be drawn (then it is where they were looked for).
  bool findWeights(BenchProgram &program) const {
    std::string looked;
    for (const std::string &folder : {options.weights, plan.board.weights}) {
      if (folder.empty()) {
        continue;
      }
      const fs::path place = fs::path(folder) / program.model->architecture / program.model->size / program.task.name;
      looked += (looked.empty() ? "" : "', '") + place.string();
      if (const auto found = CheckpointFolder::open(place.string()); found && holdsWeights(*found)) {
        program.weights = place.string();
        return true;
      }
    }
    program.weights = options.randomWeights ? "" : looked;
    return options.randomWeights;
  }

  /// Everything of the key that the program fixes. A text when something is not there; an error when something is broken.
  Result<std::string> fillKey(BenchProgram &program) {
    const Model &model = *program.model;
    CellKey &key = program.key;
    key.model = model.name();
    key.task = program.task.name;
    key.taskVersion = program.task.version;
    key.taskSha256 = taskSha256(program.task);
    key.split = plan.board.split;
    key.dataSha256 = program.data->sha256;
    key.cpu = options.cpu;
    key.execution = options.execution;
    key.environment = libraryEnvironment();
    key.deterministic = options.deterministic;
    key.seed = plan.seed;
    key.tier = plan.board.tier;
    key.machine = plan.machine.identity();
    const Result<std::string> modelHash = modelSha256(model);
    if (!modelHash) {
      return fail(modelHash);
    }
    key.modelSha256 = *modelHash;
    key.weightsSha256 = fmt::format("random:{}", plan.seed);
    if (!program.weights.empty()) {
      const std::string &file = program.weights;
      if (!hashes.contains(file)) {
        const Result<std::string> hash = weightsSha256(file);
        if (!hash) {
          return fail(hash);
        }
        hashes[file] = *hash;
      }
      key.weightsSha256 = hashes[file];
    }
    const Result<FoundTokenizer> found =
        findTokenizer(model, {options.vocabulary, program.weights, plan.dataFolder, vocabularySizeOf(model)});
    if (!found) {
      return found.error().render();
    }
    program.longest = longestRowOf(model);
    if (const int64_t limit = found->tokenizer->longest(); limit > 0) {
      program.longest = program.longest > 0 ? std::min(program.longest, limit) : limit;
    }
    key.vocabularySha256 = found->tokenizer->vocabulary().sha256();
    key.tokenizerSha256 = found->tokenizer->sha256();
    return std::string();
  }

  void addProgram(BenchProgram program, Target target, Precision precision, int threads) {
    program.key.target = target;
    program.key.precision = precision;
    program.key.threads = threads;
    for (const ScenarioKind scenario : plan.board.scenarios) {
      addCell(program, scenario, 0);
    }
    plan.programs.push_back(std::move(program));
  }

  void addGrid(BenchProgram &program) {
    for (const int64_t length : plan.board.lengths) {
      if (program.longest == 0 || length <= program.longest) {
        addCell(program, ScenarioKind::SingleStream, length);
      } else {
        leaveOut(fmt::format("{} at {} tokens", program.model->name(), length),
                 fmt::format("it takes {} at most", program.longest), false);
      }
    }
  }

  void addCell(BenchProgram &program, ScenarioKind scenario, int64_t length) const {
    CellKey key = program.key;
    key.scenario = scenario;
    key.length = length;
    if (scenario == ScenarioKind::Server) {
      key.boundMs = plan.board.boundMs;
      key.serverBatch = plan.board.serverBatch;
    }
    program.cells.push_back(std::move(key));
  }

  const BenchOptions &options;
  Zoo zoo;
  TaskSet tasks;
  BenchPlan plan;
  std::map<std::string, std::string> hashes; ///< of weights
};

} // namespace

size_t BenchPlan::cellCount() const {
  size_t count = 0;
  for (const BenchProgram &program : programs) {
    count += program.cells.size();
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

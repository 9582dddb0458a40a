// Cell after cell.
#include "suites/run/Bench.h"

#include "runtime/base/AtomicFile.h"
#include "suites/run/BenchLock.h"
#include "suites/run/BenchSubject.h"
#include "suites/run/CellRows.h"
#include "suites/run/Energy.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <malloc.h>
#include <tuple>

namespace clew {
namespace {

namespace fs = std::filesystem;

/// From now on the peak is this configuration's own: memory of configurations before goes back to the system, and the kernel's mark is set anew.
void forgetPeakMemory() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

Result<ScenarioResult> runScenario(const CellKey &key, BenchSubject &system, JouleMeter &energy) {
  ScenarioOptions options;
  options.energy = &energy;
  system.meter(&energy);
  options.seconds = secondsOf(key.tier);
  options.seeds = seedsOf(key.seed);
  options.boundMs = key.boundMs;
  options.batch = key.serverBatch;
  SteadyClock clock;
  switch (key.scenario) {
  case ScenarioKind::SingleStream:
    return runSingleStream(system, clock, options);
  case ScenarioKind::Server:
    return runServer(system, clock, options);
  case ScenarioKind::Offline:
    return runOfflineScenario(system, clock, options);
  case ScenarioKind::Accuracy:
    break;
  }
  return fail(ErrorKind::Internal, "the accuracy run is not timed");
}

/// What a cell of the fixed grid asks: rows of its length, and an encoder that does not cut them where the task would.
struct LengthGrid {
  std::vector<Row> rows;
  std::optional<RowEncoder> encoder;
};

Result<LengthGrid> gridOf(const OpenCell &cell) {
  const int64_t length = cell.key.length;
  const Configuration &configuration = cell.configuration;
  LengthGrid grid;
  if (length == 0) {
    return grid;
  }
  Task task = configuration.task;
  task.longest = std::max(task.longest, length);
  const RowEncoder &usual = cell.subject.encoder();
  Result<RowEncoder> encoder = RowEncoder::create(task, usual.tokenizer(), length);
  if (!encoder) {
    return fail(encoder);
  }
  constexpr int64_t distinct = 64;
  Result<std::vector<Row>> rows = rowsOfLength(task, configuration.data->rows, *encoder, length, distinct);
  if (!rows) {
    return fail(rows);
  }
  grid.rows = std::move(*rows);
  grid.encoder = std::move(*encoder);
  return grid;
}

/// What a whole run carries from cell to cell.
class Runner {
public:
  explicit Runner(const BenchRun &run) : run(run), shelf(run.options.out) {}

  /// True if there was a record already.
  Result<bool> runCell(const Configuration &configuration, const CellKey &key) {
    const Result<BenchLock> lock = BenchLock::take(run.options.out);
    if (!lock) {
      return fail(lock);
    }
    const std::string path = recordsPath(run.options.out);
    const Result<std::vector<SourcedRecord>> soFar = recordsSoFar(path);
    if (!soFar) {
      return fail(soFar);
    }
    const std::string id = key.id();
    if (std::ranges::any_of(*soFar, [&](const SourcedRecord &one) { return one.record.id() == id; })) {
      return true;
    }
    if (opened != &configuration) {
      subject.reset();
      opened = &configuration;
      forgetPeakMemory();
      subject = openSubject(run, configuration);
      if (*subject) {
        notes = (*subject)->notes();
      }
    }
    if (!*subject) {
      return fail(*subject);
    }
    const Result<Record> record = measureCell(run, {configuration, key, **subject}, shelf, *soFar);
    if (!record) {
      return fail(record);
    }
    Result<void> appended = appendRecord(path, *record);
    return appended ? Result<bool>(false) : fail(appended);
  }

  /// What was said since the last call.
  std::vector<std::string> takeNotes() {
    std::vector<std::string> all = std::exchange(notes, {});
    for (std::string &note : shelf.takeNotes()) {
      all.push_back(std::move(note));
    }
    return all;
  }

private:
  const BenchRun &run;
  AnswerShelf shelf;
  const Configuration *opened = nullptr;
  std::optional<Result<Subject>> subject; ///< of `opened`
  std::vector<std::string> notes;
};

/// The plan was made from files; the subject has opened them again.
Result<void> checkIdentity(const SubjectIdentity &now, const CellKey &planned, const std::string &weights) {
  for (const auto &[what, was, is] : {std::tuple("the model", &planned.modelSha256, &now.modelSha256),
                                      std::tuple("the weights", &planned.weightsSha256, &now.weightsSha256),
                                      std::tuple("the vocabulary", &planned.vocabularySha256, &now.vocabularySha256),
                                      std::tuple("the tokenizer", &planned.tokenizerSha256, &now.tokenizerSha256)}) {
    if (*was != *is) {
      return fail(ErrorKind::BadInput,
                  fmt::format("{} changed since the plan was made: expected sha256 {}, found {}", what, *was, *is),
                  weights);
    }
  }
  return {};
}

} // namespace

std::string recordsPath(const std::string &out) { return (fs::path(out) / "records.jsonl").string(); }

Result<Subject> openSubject(const BenchRun &run, const Configuration &configuration) {
  SubjectOptions options;
  options.weights = configuration.weights;
  options.seed = run.plan.seed;
  options.vocabulary = run.options.vocabulary;
  options.dataFolder = run.plan.dataFolder;
  options.compile.target = configuration.key.target;
  options.compile.precision = configuration.key.precision;
  options.compile.cpu = configuration.key.cpu;
  options.compile.execution = configuration.key.execution;
  options.threads = configuration.key.threads;
  options.deterministic = run.options.deterministic;
  Result<Subject> subject = Subject::open(configuration.task, *configuration.model, options);
  if (subject) {
    if (Result<void> same = checkIdentity(subject->identity(), configuration.key, configuration.weights); !same) {
      return fail(same);
    }
  }
  return subject;
}

Result<Record> measureCell(const BenchRun &run, const OpenCell &cell, AnswerShelf &shelf,
                           std::span<const SourcedRecord> soFar) {
  const Configuration &configuration = cell.configuration;
  CellMeasured measured;
  measured.started = std::time(nullptr);
  measured.answers = shelf.find(configuration, configuration.key.configurationId(), soFar);
  if (!measured.answers) {
    const Result<const ConfigurationAnswers *> made = shelf.make(configuration, cell.subject);
    if (!made) {
      return fail(made);
    }
    measured.answers = *made;
  }
  if (configuration.key.precision != Precision::F32) {
    const ConfigurationAnswers *f32 =
        shelf.find(configuration, configuration.key.configurationIdAt(Precision::F32), soFar);
    measured.f32 = f32 ? f32->headline(configuration.task) : std::nullopt;
  }
  const Result<LengthGrid> grid = gridOf(cell);
  if (!grid) {
    return fail(grid);
  }
  const std::span<const Row> rows = grid->encoder ? grid->rows : std::span<const Row>(configuration.data->rows);
  const RowEncoder &encoder = grid->encoder ? *grid->encoder : cell.subject.encoder();
  Result<BenchSubject> system = BenchSubject::create(cell.subject, rows, encoder, configuration.key.threads);
  Result<std::vector<int64_t>> lengths = system ? system->lengths() : fail(system);
  if (!lengths) {
    return fail(lengths);
  }
  measured.lengths = std::move(*lengths);
  if (cell.key.scenario != ScenarioKind::Accuracy) {
    EnergyMeter energy(countersFor(cell.key.target));
    Result<ScenarioResult> timing = runScenario(cell.key, *system, energy);
    if (!timing) {
      return fail(timing);
    }
    measured.timing = std::move(*timing);
    measured.noEnergy = energy.missing();
  }
  measured.peakMemoryBytes = peakMemoryBytes();
  measured.finished = std::time(nullptr);
  return recordOf(run, cell, measured);
}

Result<void> runBench(const BenchRun &run, FunctionRef<void(const CellOutcome &)> report) {
  if (Result<void> made = makeFolder(run.options.out); !made) {
    return made;
  }
  if (const Result<std::vector<SourcedRecord>> there = recordsSoFar(recordsPath(run.options.out)); !there) {
    return fail(there);
  }
  Runner runner(run);
  for (const Configuration &configuration : run.plan.configurations) {
    for (const CellKey &key : configuration.cells) {
      const Result<bool> done = runner.runCell(configuration, key);
      report({configuration, key, done.value_or(false), done ? std::nullopt : std::optional(done.error()),
              runner.takeNotes()});
    }
  }
  return {};
}

} // namespace clew

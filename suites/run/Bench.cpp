// Cell after cell.
#include "suites/run/Bench.h"

#include "runtime/base/AtomicFile.h"
#include "suites/run/BenchLock.h"
#include "suites/run/BenchSubject.h"
#include "suites/run/CellRows.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <malloc.h>
#include <numeric>

namespace clew {
namespace {

namespace fs = std::filesystem;

/// From now on the peak is this program's own: memory of programs before goes back to the system, and the kernel's mark is set anew.
void forgetPeakMemory() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

Result<ScenarioResult> runScenario(const BenchPlan &plan, const BenchCell &cell, BenchSubject &system) {
  ScenarioOptions options;
  options.seconds = secondsOf(plan.board.tier);
  options.seeds = seedsOf(plan.seed);
  options.boundMs = plan.board.boundMs;
  options.batch = plan.board.serverBatch;
  SteadyClock clock;
  switch (cell.scenario) {
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

std::optional<Interval> f32ScoreOf(const BenchProgram &program, const std::string &out) {
  if (program.precision == Precision::F32 || !program.data->labelled) {
    return std::nullopt;
  }
  const Result<CellAccuracy> f32 = scorePredictions(program, program.f32AccuracyId(), out);
  if (f32 && f32->scores) {
    for (const auto &[name, interval] : f32->scores->metrics) {
      if (name == program.task.headline) {
        return interval;
      }
    }
  }
  return std::nullopt;
}

/// What a cell of the fixed grid asks: rows of its length, and an encoder that does not cut them where the task would.
struct LengthGrid {
  std::vector<Row> rows;
  std::optional<RowEncoder> encoder;
};

Result<LengthGrid> gridOf(const BenchProgram &program, const BenchCell &cell, const Subject &subject) {
  LengthGrid grid;
  if (cell.key.length == 0) {
    return grid;
  }
  Task task = program.task;
  task.longest = std::max(task.longest, cell.key.length);
  const RowEncoder &usual = subject.encoder();
  Result<RowEncoder> encoder = RowEncoder::create(task, usual.tokenizer(), cell.key.length);
  if (!encoder) {
    return fail(encoder);
  }
  constexpr int64_t distinct = 64;
  Result<std::vector<Row>> rows = rowsOfLength(task, program.data->rows, *encoder, cell.key.length, distinct);
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
  Runner(const BenchPlan &plan, const BenchOptions &options, const BuildFacts &build)
      : plan(plan), options(options), build(build), machine(readMachine()) {}

  /// True if there was a record already.
  Result<bool> run(const BenchProgram &program, const BenchCell &cell) {
    const Result<BenchLock> lock = BenchLock::take(options.out);
    if (!lock) {
      return fail(lock);
    }
    const std::string path = recordsPath(options.out);
    const Result<std::set<std::string>> ids = recordIds(path);
    if (!ids) {
      return fail(ids);
    }
    if (ids->contains(cell.key.id())) {
      return true;
    }
    if (opened != &program) {
      subject.reset();
      opened = &program;
      forgetPeakMemory();
      subject = openSubject(plan, program, options);
    }
    if (!*subject) {
      return fail(*subject);
    }
    const Result<Record> record = measureCell(plan, program, cell, **subject, options, machine, build);
    if (!record) {
      return fail(record);
    }
    Result<void> appended = appendRecord(path, *record);
    return appended ? Result<bool>(false) : fail(appended);
  }

private:
  const BenchPlan &plan;
  const BenchOptions &options;
  const BuildFacts &build;
  const Machine machine; ///< as it was before we began to load it
  const BenchProgram *opened = nullptr;
  std::optional<Result<Subject>> subject; ///< of `opened`
};

} // namespace

std::string recordsPath(const std::string &out) { return (fs::path(out) / "records.jsonl").string(); }

Result<Subject> openSubject(const BenchPlan &plan, const BenchProgram &program, const BenchOptions &options) {
  SubjectOptions subject;
  subject.model = program.model;
  subject.zoo = options.zoo;
  subject.weights = program.weights;
  subject.seed = plan.seed;
  subject.vocabulary = options.vocabulary;
  subject.dataFolder = plan.dataFolder;
  subject.compile.target = program.target;
  subject.compile.precision = program.precision;
  subject.compile.cpu = options.cpu;
  subject.compile.execution = options.execution;
  subject.threads = program.threads;
  subject.deterministic = options.deterministic;
  return Subject::open(program.task, subject);
}

Result<Record> measureCell(const BenchPlan &plan, const BenchProgram &program, const BenchCell &cell, Subject &subject,
                           const BenchOptions &options, const Machine &machine, const BuildFacts &build) {
  CellMeasured measured;
  measured.started = std::time(nullptr);
  Result<CellAccuracy> accuracy = accuracyOf(subject, program, options.out);
  if (!accuracy) {
    return fail(accuracy);
  }
  measured.accuracy = std::move(*accuracy);
  measured.f32 = f32ScoreOf(program, options.out);
  const Result<LengthGrid> grid = gridOf(program, cell, subject);
  if (!grid) {
    return fail(grid);
  }
  const std::span<const Row> rows = grid->encoder ? grid->rows : std::span<const Row>(program.data->rows);
  const RowEncoder &encoder = grid->encoder ? *grid->encoder : subject.encoder();
  Result<BenchSubject> system = BenchSubject::create(subject, rows, encoder, program.threads);
  Result<std::vector<int64_t>> lengths = system ? system->lengths() : fail(system);
  if (!lengths) {
    return fail(lengths);
  }
  measured.lengths = std::move(*lengths);
  if (cell.scenario != ScenarioKind::Accuracy) {
    Result<ScenarioResult> timing = runScenario(plan, cell, *system);
    if (!timing) {
      return fail(timing);
    }
    measured.timing = std::move(*timing);
  }
  measured.peakMemoryBytes = peakMemoryBytes();
  measured.finished = std::time(nullptr);
  return recordOf(plan, program, cell, subject, measured, machine, build);
}

Result<void> runBench(const BenchPlan &plan, const BenchOptions &options, const BuildFacts &build,
                      FunctionRef<void(const CellOutcome &)> report) {
  if (Result<void> made = makeFolder(options.out); !made) {
    return made;
  }
  if (const Result<std::set<std::string>> ids = recordIds(recordsPath(options.out)); !ids) {
    return fail(ids);
  }
  Runner runner(plan, options, build);
  for (const BenchProgram &program : plan.programs) {
    for (const BenchCell &cell : program.cells) {
      const Result<bool> done = runner.run(program, cell);
      CellOutcome outcome{&program, &cell, done.value_or(false), std::nullopt};
      if (!done) {
        outcome.error = done.error();
      }
      report(outcome);
    }
  }
  return {};
}

} // namespace clew

// See Loaded.h.
#include "python/Loaded.h"

#include "runtime/base/JsonValue.h"
#include "suites/data/PlainRow.h"
#include "suites/data/TextFile.h"
#include "suites/metrics/Score.h"
#include "suites/run/Offline.h"
#include "zoo/Zoo.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

namespace clew {
namespace {

constexpr size_t kMostKept = 8; ///< idle Sessions

/// All outputs but those of a numbered family, as `clew run` gives them.
std::vector<std::string> usualOutputs(const Model &model) {
  std::vector<std::string> names;
  for (const auto &[name, value] : model.outputs) {
    const size_t dot = name.rfind('.');
    if (dot == std::string::npos || name.find_first_not_of("0123456789", dot + 1) != std::string::npos) {
      names.push_back(name);
    }
  }
  return names;
}

Result<std::shared_ptr<const Executable>> executableOf(const Model &model, const LoadOptions &options, int threads,
                                                       std::vector<std::string> &notes) {
  CompileOptions compile = options.compile;
  compile.outputs = compile.outputs.empty() ? usualOutputs(model) : compile.outputs;
  Result<Program> program = compileCached(model, compile);
  if (!program) {
    return fail(program);
  }
  Result<Weights> weights =
      options.weights.empty() ? randomWeights(*program, options.seed, threads) : loadWeights(options.weights, *program);
  if (!weights) {
    return fail(weights);
  }
  notes = weights->notes();
  ExecutableOptions chosen;
  chosen.threads = threads;
  chosen.deterministic = options.deterministic;
  return Executable::create(std::move(*program), std::move(*weights), chosen);
}

Result<Subject> subjectOf(const Zoo &zoo, const Model &model, const LoadOptions &options, int threads) {
  const Result<TaskSet> tasks = TaskSet::open(options.tasks);
  const Result<Task> task = tasks ? tasks->find(options.task) : fail(tasks);
  const Result<Model> withHead =
      task ? zoo.withHead(model, std::string(task->kind->head), task->outputs()) : fail(task);
  if (!withHead) {
    return fail(withHead);
  }
  SubjectOptions chosen;
  chosen.weights = options.weights;
  chosen.seed = options.seed;
  chosen.vocabulary = options.vocabulary;
  chosen.dataFolder = dataFolder(options.data).value_or("");
  chosen.compile = options.compile;
  chosen.threads = threads;
  chosen.deterministic = options.deterministic;
  return Subject::open(*task, *withHead, chosen);
}

} // namespace

Result<std::unique_ptr<Loaded>> Loaded::load(const LoadOptions &options) {
  const Result<Zoo> zoo = Zoo::open(options.zoo);
  const Result<Model> model = zoo ? zoo->findModel(options.model) : fail(zoo);
  if (!model) {
    return fail(model);
  }
  auto loaded = std::make_unique<Loaded>();
  loaded->threads =
      options.threads > 0 ? options.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  if (options.task.empty()) {
    Result<std::shared_ptr<const Executable>> made = executableOf(*model, options, loaded->threads, loaded->said);
    if (!made) {
      return fail(made);
    }
    if (isCarrying((*made)->program())) {
      return fail(ErrorKind::Unsupported,
                  "a model with 'state: carry' depends on the order of batches, which Sessions that "
                  "are shared do not keep: say 'state: reset'",
                  model->file);
    }
    loaded->executable = std::move(*made);
    return loaded;
  }
  Result<Subject> subject = subjectOf(*zoo, *model, options, loaded->threads);
  if (!subject) {
    return fail(subject);
  }
  loaded->said = subject->notes();
  loaded->subject = std::move(*subject);
  loaded->executable = loaded->subject->sharedExecutable();
  return loaded;
}

Result<RunOutputs> Loaded::run(const Batch &batch) {
  std::shared_ptr<Session> session;
  {
    const std::lock_guard guard(mutex);
    // Held by nobody but us: no result and no run refers to it.
    const auto idle = std::ranges::find_if(sessions, [](const auto &one) { return one.use_count() == 1; });
    if (idle != sessions.end()) {
      session = *idle;
      std::atomic_thread_fence(std::memory_order_acquire); // what was read through the last result was read before
    }
  }
  if (!session) {
    Result<Session> made = Session::create(executable);
    if (!made) {
      return fail(made);
    }
    session = std::make_shared<Session>(std::move(*made));
    const std::lock_guard guard(mutex);
    if (sessions.size() < kMostKept) {
      sessions.push_back(session);
    }
  }
  if (Result<void> ran = session->run(batch); !ran) {
    return fail(ran);
  }
  return RunOutputs{session, session->outputs()};
}

Result<std::string> Loaded::predict(const std::string &text) {
  if (!subject) {
    return fail(ErrorKind::Unsupported, "the model was loaded without a task: clew.load(.., task=..)");
  }
  std::vector<Row> rows;
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    const Result<nlohmann::json> json = parseJson(line, "rows", lines.number());
    Result<Row> row = json ? plainRow(*json, *subject->task().kind, static_cast<int64_t>(rows.size())) : fail(json);
    if (!row) {
      return fail(row.error().kind, row.error().message,
                  row.error().where.empty() ? fmt::format("rows[{}]", rows.size()) : row.error().where);
    }
    rows.push_back(std::move(*row));
  }
  std::string out;
  if (rows.empty()) {
    return out;
  }
  OfflineOptions options;
  options.threads = threads;
  options.withoutText = false;
  const std::lock_guard guard(mutex);
  const Result<OfflineRun> run = runOffline(*subject, rows, options);
  if (!run) {
    return fail(run);
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    out += renderPrediction(subject->task(), rows[i], run->predictions[i]) + "\n";
  }
  return out;
}

Result<std::string> scoreText(const std::string &name, const std::string &text, const std::string &split,
                              const std::string &data, const std::vector<std::string> &folders) {
  const Result<TaskSet> tasks = TaskSet::open(folders);
  const Result<Task> task = tasks ? tasks->find(name) : fail(tasks);
  const Result<std::string> folder = task ? dataFolder(data) : fail(task);
  const Result<Dataset> rows = folder ? readSplit(*task, split, *folder) : fail(folder);
  Result<std::vector<Prediction>> read = rows ? parsePredictions(*task, text, "predictions") : fail(rows);
  if (!read) {
    return fail(read);
  }
  if (!rows->labelled) {
    return fail(ErrorKind::BadInput, fmt::format("split '{}' of task '{}' has no labels to score against", split, name),
                rows->path);
  }
  const Result<MatchedPredictions> matched =
      matchPredictions(*task, rows->rows, rows->skipped, std::move(*read), "predictions");
  const Result<Scores> scores = matched ? score(*task, rows->rows, matched->predictions) : fail(matched);
  return scores ? Result<std::string>(toJson(*task, split, *scores).dump()) : fail(scores);
}

} // namespace clew

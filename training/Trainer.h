// Trainer: a recipe's run: rows to batches to gradients to updates, judged after each epoch by the same path that predicts and benchmarks,
// kept on disk so that it can be killed and gone on with.
#pragma once

#include "runtime/base/Stopwatch.h"
#include "runtime/session/Session.h"
#include "suites/metrics/Score.h"
#include "suites/run/Subject.h"
#include "training/ExtraRows.h"
#include "training/Optimizer.h"
#include "training/RunLog.h"
#include "training/TrainingFile.h"
#include "training/TrainingRows.h"

#include <functional>
#include <memory>
#include <optional>

namespace clew {

struct TrainOptions {
  std::string out; ///< folder: training.safetensors, best.safetensors, log.jsonl, run.json
  std::string dataFolder;
  std::string vocabulary; ///< vocab.txt; empty: searched (TokenizerSearch.h)
  Target target = Target::Cpu;
  int threads = 1;
  double saveEvery = 60; ///< seconds between two savings inside an epoch
};

/// What a run will do, known before it begins.
struct TrainingPlan {
  int64_t parameters = 0; ///< numbers that are trained
  int64_t sequences = 0, tokens = 0, longest = 0, heldOut = 0;
  int64_t stepsOfEpoch = 0, steps = 0;
  int64_t stateBytes = 0;  ///< weights, gradients, moments, averages
  double flopsOfEpoch = 0; ///< of products: three times those of the forward pass
};

/// What the best weights came to on the split that the recipe reports.
struct FinalReport {
  int64_t bestEpoch = 0;
  double chosenBy = 0;
  std::optional<Scores> scores;
  double majority = 0; ///< what always the same answer has there (Judge.h)
  std::string weights; ///< the file
};

/// What a recipe names, with the task's head.
struct TrainedModels {
  Model model;
  Model body;                   ///< the model without the head
  std::optional<Model> teacher; ///< if the recipe has one
};

class Trainer {
public:
  /// Reads rows, compiles, looks at the teacher, and goes on with the folder's training if there is one of this recipe. Errors of every
  /// part; BadInput if the folder has another run.
  static Result<std::unique_ptr<Trainer>> open(const Recipe &recipe, const Task &task, const TrainedModels &models,
                                               const TrainOptions &options);

  const TrainingPlan &plan() const { return planned; }
  int64_t stepsDone() const { return place.step; }
  const std::vector<std::string> &notes() const { return noted; }

  /// Trains to the end. BadInput if the loss is no number any more, with the step and what was kept.
  Result<FinalReport> run(const std::function<void(const StepReport &)> &onStep,
                          const std::function<void(const EpochReport &)> &onEpoch);

private:
  Trainer(Recipe recipe, Task task, TrainedModels models, TrainOptions options)
      : recipe(std::move(recipe)), task(std::move(task)), model(std::move(models.model)), body(std::move(models.body)),
        teacher(std::move(models.teacher)), options(std::move(options)) {}

  Result<void> prepare();
  Result<Program> compile();
  Result<void> readTeacher();
  Result<void> loadTeacher();
  Result<void> checkPaths(const Program &program) const;
  Result<void> readRows();
  Result<void> addExtra(std::vector<Row> &kept);
  Result<void> begin();
  Result<void> allocate();
  Result<std::string> identity() const;
  Result<void> startWeights();
  Result<double> step(std::span<const int64_t> numbers);
  Result<void> runEpoch(RunLog &log, const std::function<void(const StepReport &)> &onStep);
  Result<EpochReport> endEpoch(int64_t epoch);
  Result<FinalReport> finish() const;
  Result<void> save();
  SubjectOptions subjectOf(const std::string &weights) const;
  Result<Scores> judged(const std::string &weights, std::span<const Row> rows) const;
  Result<void> saveWeightsTo(const std::string &path) const;
  std::string file(const char *name) const;

  Recipe recipe;
  Task task;
  Model model, body;
  std::optional<Model> teacher;
  Model trained; ///< `model` with its teacher and the loss
  TrainOptions options;
  TrainingPlan planned;
  TrainingPlace place;
  std::vector<std::string> noted;
  std::vector<Row> learnt;   ///< rows to learn from; kept until the teacher has read them
  std::vector<Row> choosing; ///< rows that choose the best epoch
  std::string dataSha256;
  std::vector<ExtraFile> extras; ///< what the recipe's further rows came to
  SubjectIdentity taught;        ///< of the teacher
  std::optional<RowEncoder> encoder;
  std::optional<TrainingRows> rows;
  std::shared_ptr<const Executable> executable;
  std::optional<TrainingState> state;
  std::optional<Session> session;
  std::optional<Optimizer> optimizer;
  TrainingBatch batch;
  Stopwatch watch;          ///< of this process
  double secondsBefore = 0; ///< of earlier processes
  double savedAt = 0;       ///< by the watch
  int64_t tokensDone = 0;   ///< by this process
};

} // namespace clew

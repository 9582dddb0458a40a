// See Trainer.h.
#include "training/Trainer.h"

#include "compiler/Compile.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/Sha256.h"
#include "runtime/base/Stopwatch.h"
#include "suites/run/LabelOrder.h"
#include "suites/run/ModelIdentity.h"
#include "suites/run/Offline.h"
#include "suites/run/TokenizerSearch.h"
#include "training/LossGraph.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>

namespace clew {
namespace {

using nlohmann::ordered_json;

/// No epoch has this number: the order by which rows are held out.
constexpr uint64_t heldOutEpoch = UINT32_MAX;

int32_t targetElsewhere(const Recipe &recipe, const Task &task) {
  // A random field has a label for every token; cross entropy leaves out what has none.
  const bool chain = std::ranges::any_of(recipe.losses, [](const LossTerm &term) { return term.op == "crf_loss"; });
  return chain ? 0 : static_cast<int32_t>(task.outputs());
}

} // namespace

std::string Trainer::file(const char *name) const { return (std::filesystem::path(options.out) / name).string(); }

Result<std::unique_ptr<Trainer>> Trainer::open(const Recipe &recipe, const Task &task, const Model &model,
                                               const TrainOptions &options) {
  std::unique_ptr<Trainer> trainer(new Trainer(recipe, task, model, options));
  Result<void> done = trainer->prepare();
  return done ? Result<std::unique_ptr<Trainer>>(std::move(trainer)) : fail(done);
}

Result<void> Trainer::prepare() {
  const Result<Model> withEnd = withLoss(model, recipe);
  if (!withEnd) {
    return fail(withEnd);
  }
  CompileOptions compile;
  compile.target = options.target;
  compile.outputs = {"loss"};
  Result<Program> program = compileTraining(*withEnd, compile, recipe.frozen);
  if (!program) {
    return fail(program);
  }
  if (Result<void> known = checkPaths(*program); !known) {
    return known;
  }
  Result<FoundTokenizer> found =
      findTokenizer(model, {options.vocabulary, recipe.startFrom, options.dataFolder, limitOf(*program, "ids")});
  if (!found) {
    return fail(found);
  }
  noted = found->notes;
  const int64_t most = mostTokens(*program);
  Result<RowEncoder> made =
      RowEncoder::create(task, found->tokenizer, most > 0 ? std::min(task.longest, most) : task.longest);
  if (!made) {
    return fail(made);
  }
  encoder.emplace(std::move(*made));
  auto joined = Executable::create(std::move(*program), heldWeights({}, {}), {options.threads, true});
  if (!joined) {
    return fail(joined);
  }
  executable = std::move(*joined);
  if (Result<void> read = readRows(); !read) {
    return read;
  }
  return begin();
}

/// What a recipe says of paths must be about something.
Result<void> Trainer::checkPaths(const Program &program) const {
  std::vector<std::string> paths = recipe.frozen;
  for (const auto &[path, rate] : recipe.optimizer.rates) {
    paths.push_back(path);
  }
  for (const std::string &path : paths) {
    const bool found = std::ranges::any_of(program.parameters, [&](const Parameter &parameter) {
      return parameter.name == path || parameter.name.starts_with(path + ".");
    });
    if (!found) {
      return fail(ErrorKind::BadInput,
                  fmt::format("'{}' has no parameter '{}' and none under it, which 'frozen' or 'rates' names",
                              model.name(), path),
                  recipe.file);
    }
  }
  return {};
}

Result<void> Trainer::readRows() {
  Result<Dataset> train = readSplit(task, recipe.trainSplit, options.dataFolder);
  if (!train) {
    return fail(train);
  }
  noted.insert(noted.end(), train->notes.begin(), train->notes.end());
  dataSha256 = train->sha256;
  std::vector<Row> kept = std::move(train->rows);
  if (recipe.heldOut > 0) {
    const std::vector<int64_t> order = shuffled(static_cast<int64_t>(kept.size()), recipe.seed, heldOutEpoch);
    const auto count = static_cast<size_t>(recipe.heldOut * static_cast<double>(kept.size()));
    std::vector<Row> rest;
    for (size_t i = 0; i < order.size(); ++i) {
      (i < count ? choosing : rest).push_back(std::move(kept[static_cast<size_t>(order[i])]));
    }
    kept = std::move(rest);
  } else {
    Result<Dataset> split = readSplit(task, recipe.chooseSplit, options.dataFolder);
    if (!split) {
      return fail(split);
    }
    choosing = std::move(split->rows);
  }
  if (kept.empty() || choosing.empty()) {
    return fail(ErrorKind::BadInput, "no rows are left to train on, or to choose by", recipe.file);
  }
  Result<TrainingRows> encoded = TrainingRows::create(task, kept, *encoder, targetElsewhere(recipe, task));
  if (!encoded) {
    return fail(encoded);
  }
  rows.emplace(std::move(*encoded));
  planned.sequences = rows->sequences();
  planned.tokens = rows->tokens();
  planned.longest = rows->longest();
  planned.heldOut = static_cast<int64_t>(choosing.size());
  planned.stepsOfEpoch = (rows->sequences() + recipe.batch - 1) / recipe.batch;
  planned.steps = planned.stepsOfEpoch * recipe.epochs;
  return {};
}

Result<void> Trainer::begin() {
  const Program &program = executable->program();
  Result<TrainingState> memory =
      TrainingState::create(program, Optimizer::momentsOf(recipe.optimizer), recipe.average > 0);
  if (!memory) {
    return fail(memory);
  }
  state.emplace(std::move(*memory));
  optimizer.emplace(recipe.optimizer, recipe.average, options.threads);
  Result<Session> made = Session::create(executable);
  Result<void> used = made ? made->useStates(state->pointers()) : fail(made);
  if (!used) {
    return used;
  }
  session.emplace(std::move(*made));
  planned.stateBytes = state->bytes();
  for (const TrainingState::Trained &one : state->trained()) {
    planned.parameters += static_cast<int64_t>(one.values.size());
  }
  const int64_t mean = std::max<int64_t>(planned.tokens / std::max<int64_t>(planned.sequences, 1), 1);
  if (const Result<ModelSummary> summary = summarize(model, mean)) {
    planned.flopsOfEpoch = 3.0 * static_cast<double>(summary->flops) * static_cast<double>(planned.sequences);
  }
  // What may not change from one start to the next.
  const Result<std::string> modelHash = modelSha256(model);
  const Result<std::string> startHash =
      recipe.startFrom.empty() ? Result<std::string>("") : weightsSha256(recipe.startFrom);
  if (!modelHash || !startHash) {
    return !modelHash ? fail(modelHash) : fail(startHash);
  }
  std::string said =
      fmt::format("{} {} {} {} {} {} {} {} {}", *modelHash, *startHash, dataSha256, recipe.heldOut, recipe.batch,
                  recipe.seed, recipe.average, recipe.epochs, static_cast<int>(recipe.optimizer.kind));
  const OptimizerForm &form = recipe.optimizer;
  said += fmt::format(" {} {} {} {} {} {} {} {} {}", form.rate, form.beta1, form.beta2, form.eps, form.momentum,
                      form.weightDecay, form.clip, static_cast<int>(recipe.schedule.shape), recipe.schedule.warmUp);
  for (const auto &[path, rate] : form.rates) {
    said += fmt::format(" {}={}", path, rate);
  }
  for (const LossTerm &term : recipe.losses) {
    said += fmt::format(" {} {} {}", term.op, term.weights, term.factor);
    for (const auto &[key, name] : term.operands) {
      said += " " + key + "=" + name;
    }
    for (const auto &[key, value] : term.attributes) {
      said += " " + key + "=" + std::visit([](const auto &one) { return fmt::format("{}", one); }, value);
    }
  }
  for (const std::string &path : recipe.frozen) {
    said += " frozen " + path;
  }
  said += fmt::format(" {} {} {} {}", static_cast<int>(recipe.initial.matrices), recipe.initial.deviation,
                      recipe.initial.tables, recipe.initial.forgetBias);
  const Result<std::string> recipeHash = sha256Of(std::string_view(said));
  if (!recipeHash) {
    return fail(recipeHash);
  }
  Result<TrainingPlace> found = loadTraining(file("training.safetensors"), *state, program, *recipeHash);
  if (found) {
    place = *found;
    return {};
  }
  if (found.error().kind != ErrorKind::NotFound) {
    return fail(found);
  }
  place.recipeSha256 = *recipeHash;
  if (recipe.startFrom.empty()) {
    initialize(*state, program, model, recipe);
    return {};
  }
  const Result<Weights> weights = loadWeights(recipe.startFrom, program);
  if (!weights) {
    return fail(weights);
  }
  noted.insert(noted.end(), weights->notes().begin(), weights->notes().end());
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    Result<void> copied = weights->visit(program.parameters[i], [&](std::span<const float> values) {
      std::ranges::copy(values, state->valuesOf(i).begin());
      return Result<void>();
    });
    if (!copied) {
      return copied;
    }
  }
  return {};
}

Result<double> Trainer::step(std::span<const int64_t> numbers) {
  rows->fill(numbers, batch);
  state->clearGradients();
  state->setRandom(recipe.seed, static_cast<uint64_t>(place.step));
  if (Result<void> ran = session->run(batch.batch()); !ran) {
    return fail(ran);
  }
  const Result<OutputView> loss = session->output("loss");
  if (!loss) {
    return fail(loss);
  }
  const double value = static_cast<double>(loss->data[0]);
  if (!std::isfinite(value)) {
    return fail(
        ErrorKind::BadInput,
        fmt::format(
            "the loss of update {} is {}: a lower rate, a longer warm-up or 'clip' may help; the state of the last "
            "saving is in {}",
            place.step + 1, value, file("training.safetensors")),
        recipe.file);
  }
  optimizer->update(*state, place.step, recipe.schedule.at(place.step, planned.steps));
  ++place.step;
  place.lossSum += value;
  return value;
}

Result<void> Trainer::log(const std::string &line) const {
  std::ofstream stream(file("log.jsonl"), std::ios::app);
  stream << line << '\n';
  stream.flush();
  return stream ? Result<void>() : fail(ErrorKind::Io, "cannot be written", file("log.jsonl"));
}

Result<void> Trainer::saveWeightsTo(const std::string &path) const {
  const Program &program = executable->program();
  ordered_json labels = task.outputNames();
  SaveOptions save;
  save.metadata = {{"clew.model", program.model}, {"clew.labels", labels.dump()}};
  return saveWeights(path, program, heldWeights(program, state->values(recipe.average > 0)), save);
}

Result<Scores> Trainer::judge(const std::string &weights, std::span<const Row> judged) const {
  SubjectOptions subject;
  subject.weights = weights;
  subject.vocabulary = options.vocabulary;
  subject.dataFolder = options.dataFolder;
  subject.compile.target = options.target;
  subject.threads = options.threads;
  Result<Subject> opened = Subject::open(task, model, subject);
  OfflineOptions offline;
  offline.threads = options.threads;
  offline.withoutText = false;
  Result<OfflineRun> answered = opened ? runOffline(*opened, judged, offline) : fail(opened);
  if (!answered) {
    return fail(answered);
  }
  BootstrapOptions bootstrap;
  bootstrap.threads = options.threads;
  return score(task, judged, answered->predictions, bootstrap);
}

Result<EpochReport> Trainer::endEpoch(int64_t epoch) {
  EpochReport report;
  report.epoch = epoch;
  report.loss = place.lossSum / static_cast<double>(planned.stepsOfEpoch);
  const std::string path = file("last.safetensors");
  Result<void> saved = saveWeightsTo(path);
  Result<Scores> scores = saved ? judge(path, choosing) : fail(saved);
  if (!scores) {
    return fail(scores);
  }
  report.score = scores->metrics.front().second.value;
  report.best = place.bestEpoch == 0 || report.score > place.bestScore;
  if (report.best) {
    // Written anew and not renamed: what stands under that name may be a link.
    if (Result<void> kept = saveWeightsTo(file("best.safetensors")); !kept) {
      return fail(kept);
    }
    place.bestEpoch = epoch;
    place.bestScore = report.score;
  }
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  place.lossSum = 0;
  return report;
}

Result<FinalReport> Trainer::run(const std::function<void(const StepReport &)> &onStep,
                                 const std::function<void(const EpochReport &)> &onEpoch) {
  if (Result<void> folder = makeFolder(options.out); !folder) {
    return fail(folder);
  }
  const Stopwatch watch;
  const double before = place.seconds;
  double lastSaved = 0;
  int64_t tokens = 0;
  const auto save = [&] {
    lastSaved = watch.seconds();
    place.seconds = before + lastSaved;
    return saveTraining(file("training.safetensors"), *state, executable->program(), place);
  };
  for (int64_t epoch = place.step / planned.stepsOfEpoch; epoch < recipe.epochs; ++epoch) {
    if (recipe.patience > 0 && place.bestEpoch > 0 && epoch - place.bestEpoch >= recipe.patience) {
      break;
    }
    const std::vector<int64_t> order = shuffled(rows->sequences(), recipe.seed, static_cast<uint64_t>(epoch));
    for (int64_t at = place.step % planned.stepsOfEpoch; at < planned.stepsOfEpoch; ++at) {
      const auto begin = static_cast<size_t>(at * recipe.batch);
      const auto count = std::min(order.size() - begin, static_cast<size_t>(recipe.batch));
      const Result<double> loss = step(std::span(order).subspan(begin, count));
      if (!loss) {
        return fail(loss);
      }
      tokens += static_cast<int64_t>(batch.ids.size());
      const StepReport report{place.step, epoch + 1, *loss, recipe.schedule.at(place.step - 1, planned.steps),
                              static_cast<double>(tokens) / watch.seconds()};
      onStep(report);
      const ordered_json line = {{"step", report.step},
                                 {"epoch", report.epoch},
                                 {"loss", report.loss},
                                 {"rate", report.rate * recipe.optimizer.rate},
                                 {"tokens_per_s", report.tokensPerSecond}};
      if (Result<void> logged = log(line.dump()); !logged) {
        return fail(logged);
      }
      if (watch.seconds() - lastSaved > options.saveEvery && at + 1 < planned.stepsOfEpoch) {
        if (Result<void> saved = save(); !saved) {
          return fail(saved);
        }
      }
    }
    Result<EpochReport> report = endEpoch(epoch + 1);
    Result<void> saved = report ? save() : fail(report);
    if (!saved) {
      return fail(saved);
    }
    report->seconds = place.seconds;
    onEpoch(*report);
    const ordered_json line = {{"epoch", report->epoch},
                               {"mean_loss", report->loss},
                               {"score", report->score},
                               {"best", report->best},
                               {"seconds", report->seconds}};
    if (Result<void> logged = log(line.dump()); !logged) {
      return fail(logged);
    }
  }
  FinalReport result{place.bestEpoch, place.bestScore, {}, file("best.safetensors")};
  if (recipe.reportSplit.empty()) {
    return result;
  }
  Result<Dataset> split = readSplit(task, recipe.reportSplit, options.dataFolder);
  Result<Scores> scores = split ? judge(result.weights, split->rows) : fail(split);
  if (!scores) {
    return fail(scores);
  }
  result.scores = std::move(*scores);
  ordered_json metrics = toJson(task, recipe.reportSplit, *result.scores);
  metrics["recipe"] = recipe.name;
  metrics["recipe_sha256"] = place.recipeSha256;
  metrics["data_sha256"] = dataSha256;
  metrics["model"] = model.name();
  metrics["seed"] = recipe.seed;
  metrics["updates"] = place.step;
  metrics["best_epoch"] = place.bestEpoch;
  metrics["seconds"] = place.seconds;
  if (Result<void> written = writeFileAtomically(file("run.json"), metrics.dump(1) + "\n"); !written) {
    return fail(written);
  }
  return result;
}

} // namespace clew

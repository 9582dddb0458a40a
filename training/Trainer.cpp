// See Trainer.h.
#include "training/Trainer.h"

#include "compiler/Compile.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/ParameterPath.h"
#include "runtime/base/Sha256.h"
#include "suites/run/LabelOrder.h"
#include "suites/run/ModelIdentity.h"
#include "suites/run/TokenizerSearch.h"
#include "training/Judge.h"
#include "training/LossGraph.h"
#include "training/ProgramPart.h"
#include "training/Teacher.h"
#include "training/TeacherGraph.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>

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

Result<std::unique_ptr<Trainer>> Trainer::open(const Recipe &recipe, const Task &task, const TrainedModels &models,
                                               const TrainOptions &options) {
  std::unique_ptr<Trainer> trainer(new Trainer(recipe, task, models, options));
  Result<void> done = trainer->prepare();
  return done ? Result<std::unique_ptr<Trainer>>(std::move(trainer)) : fail(done);
}

Result<Program> Trainer::compile() {
  const Result<Model> joint = teacher ? withTeacher(model, *teacher) : Result<Model>(model);
  Result<Model> withEnd = joint ? withLoss(*joint, recipe) : fail(joint);
  if (!withEnd) {
    return fail(withEnd);
  }
  trained = std::move(*withEnd);
  CompileOptions compile;
  compile.target = options.target;
  compile.outputs = {"loss"};
  std::vector<std::string> frozen = recipe.frozen;
  if (teacher) {
    frozen.emplace_back(kTeacherPath);
  }
  return compileTraining(trained, compile, frozen);
}

Result<void> Trainer::prepare() {
  Result<Program> program = compile();
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
  Result<void> read = readRows();
  if (read && teacher) {
    read = readTeacher();
  }
  learnt = {};
  return read ? begin() : read;
}

Result<void> Trainer::readTeacher() {
  const StudentRows both{*rows, learnt, choosing, targetElsewhere(recipe, task)};
  const Result<TeacherReport> report = meetTeacher(task, *teacher, subjectOf(recipe.teacher->weights), both);
  if (!report) {
    return fail(report);
  }
  taught = report->identity;
  noted.insert(noted.end(), report->notes.begin(), report->notes.end());
  noted.push_back(fmt::format("the teacher {} has {} {:.2f} on the rows that choose; always the same answer has {:.2f}",
                              teacher->name(), report->metric, report->score, report->majority));
  return {};
}

/// What a recipe says of paths must be about something.
Result<void> Trainer::checkPaths(const Program &program) const {
  std::vector<std::string> paths = recipe.frozen;
  for (const auto &[path, rate] : recipe.optimizer.rates) {
    paths.push_back(path);
  }
  for (const std::string &path : paths) {
    const bool found = std::ranges::any_of(program.parameters,
                                           [&](const Parameter &parameter) { return isUnder(parameter.name, path); });
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
  if (Result<void> added = addExtra(kept); !added) {
    return added;
  }
  Result<TrainingRows> encoded = TrainingRows::create(task, kept, *encoder, targetElsewhere(recipe, task));
  if (!encoded) {
    return fail(encoded);
  }
  rows.emplace(std::move(*encoded));
  learnt = std::move(kept);
  planned.sequences = rows->sequences();
  planned.tokens = rows->count();
  planned.longest = rows->longest();
  planned.heldOut = static_cast<int64_t>(choosing.size());
  planned.stepsOfEpoch = (rows->sequences() + recipe.batch - 1) / recipe.batch;
  planned.steps = planned.stepsOfEpoch * recipe.epochs;
  return {};
}

/// Adds the recipe's further rows, less those by which something is judged.
Result<void> Trainer::addExtra(std::vector<Row> &kept) {
  if (recipe.extra.empty()) {
    return {};
  }
  std::vector<Row> judging = choosing;
  if (!recipe.reportSplit.empty()) {
    Result<Dataset> split = readSplit(task, recipe.reportSplit, options.dataFolder);
    if (!split) {
      return fail(split);
    }
    judging.insert(judging.end(), split->rows.begin(), split->rows.end());
  }
  Result<ExtraRows> extra = readExtraRows(task, recipe.extra, judging);
  if (!extra) {
    return fail(extra);
  }
  kept.insert(kept.end(), std::make_move_iterator(extra->rows.begin()), std::make_move_iterator(extra->rows.end()));
  extras = std::move(extra->files);
  for (const ExtraFile &file : extras) {
    noted.push_back(
        fmt::format("{} has {} rows more to learn from; {} are left out, because what chooses or is reported "
                    "holds them or stands in them",
                    file.path, file.rows, file.leftOut));
    dataSha256 += " " + file.sha256;
  }
  return {};
}

Result<void> Trainer::begin() {
  if (Result<void> ready = allocate(); !ready) {
    return ready;
  }
  const Result<std::string> hash = identity();
  if (!hash) {
    return fail(hash);
  }
  Result<TrainingPlace> found = loadTraining(file("training.safetensors"), *state, executable->program(), *hash);
  if (!found && found.error().kind != ErrorKind::NotFound) {
    return fail(found);
  }
  if (found) {
    place = *found;
  } else if (Result<void> started = startWeights(); !started) {
    return started;
  }
  place.recipeSha256 = *hash;
  return teacher ? loadTeacher() : Result<void>();
}

/// Its values are no part of what is saved: they do not change.
Result<void> Trainer::loadTeacher() {
  const Result<ProgramPart> part = partOfModel(executable->program(), *teacher, kTeacherPath);
  const auto loaded = part ? loadPart(recipe.teacher->weights, *part, *state) : fail(part);
  return loaded ? Result<void>() : fail(loaded);
}

Result<void> Trainer::allocate() {
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
  return {};
}

/// A hash of what may not change from one start to the next.
Result<std::string> Trainer::identity() const {
  const Result<std::string> modelHash = modelSha256(model);
  const Result<std::string> startHash =
      recipe.startFrom.empty() ? Result<std::string>("") : weightsSha256(recipe.startFrom);
  if (!modelHash || !startHash) {
    return !modelHash ? fail(modelHash) : fail(startHash);
  }
  const std::string teachers = taught.modelSha256.empty() ? "" : taught.modelSha256 + " " + taught.weightsSha256;
  return sha256Of(fmt::format("{} {} {} {} {}", *modelHash, *startHash, dataSha256, teachers, identityText(recipe)));
}

Result<void> Trainer::startWeights() {
  initialize(*state, executable->program(), trained, recipe);
  if (recipe.startFrom.empty()) {
    return {};
  }
  const Program &program = executable->program();
  const Result<ProgramPart> part =
      recipe.newHead ? partOfModel(program, body, "") : Result<ProgramPart>(partOf(program, isStudents));
  const Result<Weights> weights = part ? loadPart(recipe.startFrom, *part, *state) : fail(part);
  if (!weights) {
    const Error &error = weights.error();
    return recipe.newHead
               ? fail(weights)
               : fail(error.kind, error.message + "; 'new_head: true' begins with a body's weights alone", error.where);
  }
  noted.insert(noted.end(), weights->notes().begin(), weights->notes().end());
  if (recipe.newHead) {
    noted.push_back(fmt::format("the head has initial values: {} of {} parameters are those of {}",
                                part->numbers.size(), program.parameters.size(), recipe.startFrom));
    return {};
  }
  const Result<std::vector<std::string>> labels = labelsOf(*weights, recipe.startFrom);
  return labels ? checkLabelOrder(task, *labels, recipe.startFrom) : fail(labels);
}

Result<double> Trainer::step(std::span<const int64_t> numbers) {
  rows->fill(executable->program(), numbers, batch);
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

Result<void> Trainer::saveWeightsTo(const std::string &path) const {
  const ProgramPart part = partOf(executable->program(), isStudents);
  const std::vector<std::span<const float>> all = state->values(recipe.average > 0);
  std::vector<std::span<const float>> values;
  for (const size_t number : part.numbers) {
    values.push_back(all[number]);
  }
  const ordered_json labels = task.outputNames();
  SaveOptions save;
  save.metadata = {{"clew.model", part.program.model}, {"clew.labels", labels.dump()}};
  return saveWeights(path, part.program, heldWeights(part.program, std::move(values)), save);
}

SubjectOptions Trainer::subjectOf(const std::string &weights) const {
  SubjectOptions subject;
  subject.weights = weights;
  subject.vocabulary = options.vocabulary;
  subject.dataFolder = options.dataFolder;
  subject.compile.target = options.target;
  subject.threads = options.threads;
  return subject;
}

Result<Scores> Trainer::judged(const std::string &weights, std::span<const Row> rows) const {
  Result<Subject> opened = Subject::open(task, model, subjectOf(weights));
  return opened ? judge(*opened, rows, options.threads) : fail(opened);
}

Result<EpochReport> Trainer::endEpoch(int64_t epoch) {
  EpochReport report;
  report.epoch = epoch;
  report.step = place.step;
  report.loss = place.lossSum / static_cast<double>(planned.stepsOfEpoch);
  const std::string path = file("last.safetensors");
  Result<void> saved = saveWeightsTo(path);
  Result<Scores> scores = saved ? judged(path, choosing) : fail(saved);
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

Result<void> Trainer::save() {
  savedAt = watch.seconds();
  place.seconds = secondsBefore + savedAt;
  return saveTraining(file("training.safetensors"), *state, executable->program(), place);
}

/// The updates that are left of the epoch where the run stands.
Result<void> Trainer::runEpoch(RunLog &log, const std::function<void(const StepReport &)> &onStep) {
  const int64_t epoch = place.step / planned.stepsOfEpoch;
  const std::vector<int64_t> order = shuffled(rows->sequences(), recipe.seed, static_cast<uint64_t>(epoch));
  for (int64_t at = place.step % planned.stepsOfEpoch; at < planned.stepsOfEpoch; ++at) {
    const auto begin = static_cast<size_t>(at * recipe.batch);
    const auto count = std::min(order.size() - begin, static_cast<size_t>(recipe.batch));
    const Result<double> loss = step(std::span(order).subspan(begin, count));
    if (!loss) {
      return fail(loss);
    }
    tokensDone += static_cast<int64_t>(batch.tokens.ids.size());
    const double factor = recipe.schedule.at(place.step - 1, planned.steps);
    const StepReport report{place.step, epoch + 1, *loss, factor * recipe.optimizer.rate,
                            static_cast<double>(tokensDone) / watch.seconds()};
    onStep(report);
    if (Result<void> logged = log.add(report); !logged) {
      return logged;
    }
    const bool due = watch.seconds() - savedAt > options.saveEvery && at + 1 < planned.stepsOfEpoch;
    if (Result<void> saved = due ? save() : Result<void>(); !saved) {
      return saved;
    }
  }
  return {};
}

Result<FinalReport> Trainer::run(const std::function<void(const StepReport &)> &onStep,
                                 const std::function<void(const EpochReport &)> &onEpoch) {
  const Result<void> folder = makeFolder(options.out);
  Result<RunLog> log = folder ? RunLog::open(options.out, place.step) : fail(folder);
  if (!log) {
    return fail(log);
  }
  watch = Stopwatch();
  secondsBefore = place.seconds;
  for (int64_t epoch = place.step / planned.stepsOfEpoch; epoch < recipe.epochs; ++epoch) {
    if (recipe.patience > 0 && place.bestEpoch > 0 && epoch - place.bestEpoch >= recipe.patience) {
      break;
    }
    const Result<void> went = runEpoch(*log, onStep);
    Result<EpochReport> report = went ? endEpoch(epoch + 1) : fail(went);
    Result<void> saved = report ? save() : fail(report);
    if (!saved) {
      return fail(saved);
    }
    report->seconds = place.seconds;
    onEpoch(*report);
    if (Result<void> logged = log->add(*report); !logged) {
      return fail(logged);
    }
  }
  return finish();
}

/// Judges the best weights on the split that the recipe reports, and writes run.json.
Result<FinalReport> Trainer::finish() const {
  FinalReport result{place.bestEpoch, place.bestScore, {}, 0, file("best.safetensors")};
  if (recipe.reportSplit.empty()) {
    return result;
  }
  Result<Dataset> split = readSplit(task, recipe.reportSplit, options.dataFolder);
  Result<Scores> scores = split ? judged(result.weights, split->rows) : fail(split);
  if (!scores) {
    return fail(scores);
  }
  result.scores = std::move(*scores);
  result.majority = majorityScore(split->rows);
  ordered_json metrics = toJson(task, recipe.reportSplit, *result.scores);
  metrics["recipe"] = recipe.name;
  metrics["recipe_sha256"] = place.recipeSha256;
  metrics["data_sha256"] = dataSha256.substr(0, dataSha256.find(' '));
  for (const ExtraFile &extra : extras) {
    metrics["extra"].push_back(
        {{"file", extra.path}, {"sha256", extra.sha256}, {"rows", extra.rows}, {"left_out", extra.leftOut}});
  }
  metrics["model"] = model.name();
  metrics["majority"] = result.majority;
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

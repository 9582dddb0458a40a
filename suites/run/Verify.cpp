// Makes a board of one cell from the record and runs it as any other.
#include "suites/run/Verify.h"

#include "suites/check/GoldRows.h"
#include "suites/check/ScoreCheck.h"
#include "suites/records/PredictionFile.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

namespace clew {
namespace {

/// The board that has the record's cell.
Board boardOf(const CellKey &key, const std::optional<Tier> &tier) {
  Board board;
  board.name = "verify";
  board.models = {key.model};
  board.tasks = {{key.task, ""}};
  board.scenarios = {key.scenario};
  board.precisions = {key.precision};
  board.targets = {key.target};
  board.threads = {key.threads};
  board.tier = tier.value_or(key.tier);
  board.split = key.split;
  if (key.length > 0) {
    board.lengths = {key.length};
  }
  board.boundMs = key.boundMs;
  board.serverBatch = key.serverBatch;
  return board;
}

std::string render(const ExecutionFacts &facts) {
  std::string text;
  for (const auto &[name, value] : facts) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
  }
  return text;
}

void compareKeys(const CellKey &then, const CellKey &now, std::vector<VerifiedField> &fields) {
  const auto same = [&](const char *name, const std::string &recorded, const std::string &found) {
    fields.push_back({VerifiedPart::Program, name, recorded.substr(0, 24), found.substr(0, 24), "the same",
                      recorded == found ? Verdict::Holds : Verdict::Fails});
  };
  same("model_sha256", then.modelSha256, now.modelSha256);
  same("weights_sha256", then.weightsSha256, now.weightsSha256);
  same("vocabulary_sha256", then.vocabularySha256, now.vocabularySha256);
  same("tokenizer_sha256", then.tokenizerSha256, now.tokenizerSha256);
  same("task_version", then.taskVersion, now.taskVersion);
  same("task_sha256", then.taskSha256, now.taskSha256);
  same("data_sha256", then.dataSha256, now.dataSha256);
  same("execution/environment", render(then.environment), render(now.environment));
}

/// The recorded predictions: are they what the record says, and are its scores theirs?
void checkRecorded(const SourcedRecord &sourced, const Configuration &configuration,
                   std::vector<VerifiedField> &fields) {
  const NamedFile named = predictionsOf(sourced.record);
  VerifiedField file{VerifiedPart::Predictions, "recorded predictions", named.sha256.substr(0, 24),
                     "none recorded",           "the same bytes",       Verdict::NotVerified};
  if (named.path.empty()) {
    fields.push_back(std::move(file));
    return;
  }
  const Result<PredictionText> opened = openPredictions(named, sourced.folder);
  if (!opened) {
    const bool absent = opened.error().kind == ErrorKind::NotFound;
    file.found = absent ? "not there" : opened.error().message;
    file.verdict = absent ? Verdict::NotVerified : Verdict::Fails;
    fields.push_back(std::move(file));
    return;
  }
  file.found = file.recorded;
  file.verdict = Verdict::Holds;
  fields.push_back(std::move(file));
  const Result<std::optional<Scores>> scores =
      judge(configuration.task, *configuration.data, opened->text(), opened->name(), configuration.key.threads);
  const std::vector<std::string> faults =
      scores ? scoreFaults(sourced.record, configuration.task.headline, *scores) : std::vector{scores.error().render()};
  for (const std::string &fault : faults) {
    fields.push_back({VerifiedPart::Predictions, "recorded scores", "", fault, "the scores of the recorded predictions",
                      Verdict::Fails});
  }
  if (faults.empty()) {
    fields.push_back({VerifiedPart::Predictions, "recorded scores", "", "the same",
                      "the scores of the recorded predictions", Verdict::Holds});
  }
}

/// The seed of "random:SEED".
std::optional<uint64_t> randomSeed(const std::string &weights) {
  uint64_t seed = 0;
  if (!weights.starts_with("random:")) {
    return std::nullopt;
  }
  const auto [end, error] = std::from_chars(weights.data() + 7, weights.data() + weights.size(), seed);
  return error == std::errc() ? std::optional<uint64_t>(seed) : std::nullopt;
}

/// Runs the record's cell and holds the record against what comes out.
Result<void> runAgain(const BenchRun &run, const SourcedRecord &sourced, AnswerShelf &shelf,
                      std::vector<VerifiedField> &fields) {
  const Configuration &configuration = run.plan.configurations.front();
  const CellKey then = *sourced.record.key();
  const auto cell =
      std::ranges::find_if(configuration.cells, [&](const CellKey &each) { return each.length == then.length; });
  if (cell == configuration.cells.end()) {
    return fail(ErrorKind::BadInput, fmt::format("{} cannot run a {} cell of {} tokens at this tier", then.model,
                                                 nameOf(then.scenario), then.length));
  }
  compareKeys(then, *cell, fields);
  if (verdictOf(VerifiedPart::Program, fields) != Verdict::Holds) {
    return {}; // another program or other data: its numbers say nothing about this record
  }
  checkRecorded(sourced, configuration, fields);
  Result<Subject> subject = openSubject(run, configuration);
  const Result<Record> now = subject ? measureCell(run, {configuration, *cell, *subject}, shelf, {}) : fail(subject);
  if (!now) {
    return fail(now);
  }
  const std::vector<VerifiedField> measured = compareRecords(sourced.record, *now);
  fields.insert(fields.end(), measured.begin(), measured.end());
  return {};
}

} // namespace

Result<std::vector<VerifiedField>> verifyRecord(const SourcedRecord &sourced, const VerifyOptions &options,
                                                const BuildFacts &build, AnswerShelf &shelf) {
  const Result<CellKey> key = sourced.record.key();
  if (!key) {
    return fail(key.error().kind, key.error().message, sourced.where);
  }
  std::vector<VerifiedField> fields;
  for (const std::string &fault : sourced.record.faults(std::time(nullptr))) {
    fields.push_back({VerifiedPart::Record, "the record by itself", "", fault, "what clew check asks", Verdict::Fails});
  }
  if (!fields.empty()) {
    return fields; // it is not what was measured; nothing is run for it
  }
  fields.push_back({VerifiedPart::Record, "the record by itself", sourced.record.id(), "right", "what clew check asks",
                    Verdict::Holds});
  BenchOptions bench = options.bench;
  bench.seed = randomSeed(key->weightsSha256).value_or(key->seed);
  bench.randomWeights = key->weightsSha256.starts_with("random:");
  bench.deterministic = key->deterministic;
  bench.cpu = key->cpu;
  bench.execution = key->execution;
  const Result<BenchPlan> plan = planBench(boardOf(*key, options.tier), bench);
  if (!plan) {
    return fail(plan);
  }
  if (plan->configurations.empty()) {
    const LeftOut *left = plan->leftOut.empty() ? nullptr : &plan->leftOut.front();
    return fail(ErrorKind::Io, !left ? "nothing to run" : left->why + (left->noWeights ? "; give --weights DIR" : ""));
  }
  const Result<void> ran = runAgain({*plan, bench, build}, sourced, shelf, fields);
  return ran ? Result<std::vector<VerifiedField>>(std::move(fields)) : fail(ran);
}

} // namespace clew

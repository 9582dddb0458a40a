// Scores come from the predictions file alone, whether it was written a moment ago or by a run that was killed later.
#include "suites/run/Answers.h"

#include "runtime/base/AtomicFile.h"
#include "runtime/base/Sha256.h"
#include "suites/check/GoldRows.h"
#include "suites/records/PredictionFile.h"
#include "suites/run/Offline.h"

#include <fmt/format.h>

#include <filesystem>

namespace clew {
namespace {

namespace fs = std::filesystem;

std::string textFor(const Configuration &configuration, std::vector<Prediction> predictions) {
  std::string text;
  for (size_t i = 0; i < predictions.size(); ++i) {
    const Row &row = configuration.data->rows[i];
    predictions[i].id = row.id;
    text += renderPrediction(configuration.task, row, predictions[i]) + "\n";
  }
  return text;
}

Result<ConfigurationAnswers> judged(const Configuration &configuration, std::string path, std::string sha256,
                                    std::string_view text) {
  Result<std::optional<Scores>> scores =
      judge(configuration.task, *configuration.data, text, path, configuration.key.threads);
  return scores ? Result<ConfigurationAnswers>(
                      ConfigurationAnswers{std::move(path), std::move(sha256), std::move(*scores)})
                : fail(scores);
}

} // namespace

std::optional<Interval> ConfigurationAnswers::headline(const Task &task) const {
  if (scores) {
    for (const auto &[name, interval] : scores->metrics) {
      if (name == task.headline) {
        return interval;
      }
    }
  }
  return std::nullopt;
}

Result<ConfigurationAnswers> AnswerShelf::read(const Configuration &configuration, const SourcedRecord &sourced) const {
  const Result<PredictionText> file = openPredictions(predictionsOf(sourced.record), out);
  if (!file) {
    return fail(file);
  }
  NamedFile named = predictionsOf(sourced.record);
  return judged(configuration, std::move(named.path), std::move(named.sha256), file->text());
}

const ConfigurationAnswers *AnswerShelf::find(const Configuration &configuration, const std::string &configurationId,
                                              std::span<const SourcedRecord> soFar) {
  if (const auto place = known.find(configurationId); place != known.end()) {
    return &place->second;
  }
  for (const SourcedRecord &sourced : soFar) {
    const Result<CellKey> key = sourced.record.key(); // none of the schema before
    if (!key || key->configurationId() != configurationId || sourced.record.json["predictions"].is_null()) {
      continue;
    }
    if (Result<ConfigurationAnswers> answers = read(configuration, sourced)) {
      return &known.emplace(configurationId, std::move(*answers)).first->second;
    } else {
      notes.push_back(
          fmt::format("record {}: {}; its rows are answered again", sourced.record.id(), answers.error().render()));
    }
  }
  return nullptr;
}

Result<const ConfigurationAnswers *> AnswerShelf::make(const Configuration &configuration, Subject &subject) {
  OfflineOptions options;
  options.threads = configuration.key.threads;
  options.withoutText = false;
  Result<OfflineRun> run = runOffline(subject, configuration.data->rows, options);
  if (!run) {
    return fail(run);
  }
  const std::string text = textFor(configuration, std::move(run->predictions));
  const Result<std::string> sha256 = sha256Of(std::string_view(text));
  if (!sha256) {
    return fail(sha256);
  }
  const std::string path = predictionPath(*sha256);
  if (Result<void> made = makeFolder((fs::path(out) / "predictions").string()); !made) {
    return fail(made);
  }
  if (Result<void> written = writeFileAtomically((fs::path(out) / path).string(), text); !written) {
    return fail(written);
  }
  Result<ConfigurationAnswers> answers = judged(configuration, path, *sha256, text);
  return answers ? Result<const ConfigurationAnswers *>(
                       &known.insert_or_assign(configuration.key.configurationId(), std::move(*answers)).first->second)
                 : fail(answers);
}

} // namespace clew

// Scores come from the predictions file alone, whether it was written a moment ago or by a run that was killed later.
#include "suites/run/Answers.h"

#include "runtime/base/AtomicFile.h"
#include "runtime/base/Sha256.h"
#include "suites/check/GoldRows.h"
#include "suites/run/Offline.h"

#include <fmt/format.h>

#include <filesystem>

namespace clew {
namespace {

namespace fs = std::filesystem;

std::string textFor(const BenchProgram &program, std::vector<Prediction> predictions) {
  std::string text;
  for (size_t i = 0; i < predictions.size(); ++i) {
    const Row &row = program.data->rows[i];
    predictions[i].id = row.id;
    text += renderPrediction(program.task, row, predictions[i]) + "\n";
  }
  return text;
}

Result<ProgramAnswers> judged(const BenchProgram &program, std::string path, std::string sha256,
                              std::string_view text) {
  Result<std::optional<Scores>> scores = judge(program.task, *program.data, text, path, program.key.threads);
  return scores ? Result<ProgramAnswers>(ProgramAnswers{std::move(path), std::move(sha256), std::move(*scores)})
                : fail(scores);
}

} // namespace

std::optional<Interval> ProgramAnswers::headline(const Task &task) const {
  if (scores) {
    for (const auto &[name, interval] : scores->metrics) {
      if (name == task.headline) {
        return interval;
      }
    }
  }
  return std::nullopt;
}

Result<ProgramAnswers> AnswerShelf::read(const BenchProgram &program, const SourcedRecord &sourced) const {
  const Result<MappedFile> file = openPredictions(predictionsOf(sourced.record), out);
  if (!file) {
    return fail(file);
  }
  NamedFile named = predictionsOf(sourced.record);
  return judged(program, std::move(named.path), std::move(named.sha256), file->text());
}

const ProgramAnswers *AnswerShelf::find(const BenchProgram &program, const std::string &programId,
                                        std::span<const SourcedRecord> soFar) {
  if (const auto place = known.find(programId); place != known.end()) {
    return &place->second;
  }
  for (const SourcedRecord &sourced : soFar) {
    const Result<CellKey> key = sourced.record.key(); // none of the schema before
    if (!key || key->programId() != programId || sourced.record.json["predictions"].is_null()) {
      continue;
    }
    if (Result<ProgramAnswers> answers = read(program, sourced)) {
      return &known.emplace(programId, std::move(*answers)).first->second;
    } else {
      notes.push_back(
          fmt::format("record {}: {}; its rows are answered again", sourced.record.id(), answers.error().render()));
    }
  }
  return nullptr;
}

Result<const ProgramAnswers *> AnswerShelf::make(const BenchProgram &program, Subject &subject) {
  OfflineOptions options;
  options.threads = program.key.threads;
  options.withoutText = false;
  Result<OfflineRun> run = runOffline(subject, program.data->rows, options);
  if (!run) {
    return fail(run);
  }
  const std::string text = textFor(program, std::move(run->predictions));
  const Result<std::string> sha256 = sha256Of(std::string_view(text));
  if (!sha256) {
    return fail(sha256);
  }
  const std::string path = "predictions/" + sha256->substr(0, 16) + ".jsonl";
  if (Result<void> made = makeFolder((fs::path(out) / "predictions").string()); !made) {
    return fail(made);
  }
  if (Result<void> written = writeFileAtomically((fs::path(out) / path).string(), text); !written) {
    return fail(written);
  }
  Result<ProgramAnswers> answers = judged(program, path, *sha256, text);
  return answers ? Result<const ProgramAnswers *>(
                       &known.insert_or_assign(program.key.programId(), std::move(*answers)).first->second)
                 : fail(answers);
}

} // namespace clew

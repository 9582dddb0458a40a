// Scores come from the predictions file alone, whether it was written a moment ago or by a run that was killed later.
#include "suites/run/CellAccuracy.h"

#include "runtime/base/AtomicFile.h"
#include "runtime/base/Sha256.h"
#include "suites/run/Offline.h"

#include <filesystem>

namespace clew {
namespace {

namespace fs = std::filesystem;

Result<void> writePredictions(const std::string &path, const BenchProgram &program,
                              std::vector<Prediction> predictions) {
  if (Result<void> made = makeFolder(fs::path(path).parent_path().string()); !made) {
    return made;
  }
  std::string text;
  for (size_t i = 0; i < predictions.size(); ++i) {
    const Row &row = program.data->rows[i];
    predictions[i].id = row.id;
    text += renderPrediction(program.task, row, predictions[i]) + "\n";
  }
  return writeFileAtomically(path, text);
}

} // namespace

std::string predictionsPath(const std::string &accuracyId) { return "predictions/" + accuracyId + ".jsonl"; }

Result<CellAccuracy> scorePredictions(const BenchProgram &program, const std::string &accuracyId,
                                      const std::string &out) {
  CellAccuracy accuracy;
  accuracy.path = predictionsPath(accuracyId);
  const std::string file = (fs::path(out) / accuracy.path).string();
  const Result<std::string> hash = sha256OfFile(file);
  if (!hash) {
    return fail(hash);
  }
  accuracy.sha256 = *hash;
  Result<std::vector<Prediction>> read = readPredictions(program.task, file);
  const Dataset &data = *program.data;
  Result<MatchedPredictions> matched =
      read ? matchPredictions(program.task, data.rows, data.skipped, std::move(*read), file) : fail(read);
  if (!matched) {
    return fail(matched);
  }
  if (data.labelled) {
    BootstrapOptions options;
    options.threads = program.threads;
    Result<Scores> scores = score(program.task, data.rows, matched->predictions, options);
    if (!scores) {
      return fail(scores);
    }
    accuracy.scores = std::move(*scores);
  }
  return accuracy;
}

Result<CellAccuracy> accuracyOf(Subject &subject, const BenchProgram &program, const std::string &out) {
  const std::string id = program.accuracyId();
  if (Result<CellAccuracy> there = scorePredictions(program, id, out); there) {
    return there;
  }
  OfflineOptions options;
  options.threads = program.threads;
  options.withoutText = false;
  Result<OfflineRun> run = runOffline(subject, program.data->rows, options);
  if (!run) {
    return fail(run);
  }
  const std::string file = (fs::path(out) / predictionsPath(id)).string();
  if (Result<void> written = writePredictions(file, program, std::move(run->predictions)); !written) {
    return fail(written);
  }
  return scorePredictions(program, id, out);
}

} // namespace clew

// Turns a record's predictions into an official file, after holding everything against what the record says.
#include "suites/records/Submission.h"

#include "suites/data/Dataset.h"
#include "suites/metrics/Prediction.h"
#include "suites/records/PredictionFile.h"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace clew {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// A text of the record by its path ("/predictions/path"), or "".
std::string textOf(const ordered_json &json, const char *pointer) {
  const ordered_json::json_pointer path(pointer);
  if (!json.contains(path)) {
    return "";
  }
  const ordered_json &value = json.at(path);
  return value.is_string() ? value.get<std::string>() : "";
}

/// What the record must be before anything is read.
Result<void> checkRecord(const ordered_json &json, const std::string &path) {
  const std::string split = textOf(json, "/split");
  if (split != "test") {
    return fail(ErrorKind::BadInput,
                "this record is of the split '" + split + "'; boards take test: run clew bench with --split test",
                path);
  }
  if (textOf(json, "/predictions/path").empty() || textOf(json, "/predictions/sha256").empty()) {
    return fail(ErrorKind::BadInput, "this record names no predictions", path);
  }
  return {};
}

Result<std::vector<Prediction>> readOf(const SourcedRecord &sourced, const Task &task) {
  const Result<PredictionText> file = openPredictions(predictionsOf(sourced.record), sourced.folder);
  return file ? parsePredictions(task, file->text(), file->name()) : fail(file);
}

/// The name that the board wants for this very test file (CLUE 1.0 and 1.1 differ).
std::string nameFor(const Task &task, const Dataset &data) {
  for (const TaskFile &file : task.split("test")->files) {
    if (!file.submission.empty() && fs::path(data.path).filename() == fs::path(file.name).filename()) {
      return file.submission;
    }
  }
  return task.submission;
}

} // namespace

Result<Submission> makeSubmission(const SourcedRecord &sourced, const TaskSet &tasks, const std::string &dataFolder) {
  const ordered_json &json = sourced.record.json;
  if (const Result<void> fits = checkRecord(json, sourced.where); !fits) {
    return fail(fits);
  }
  const Result<Task> task = tasks.find(textOf(json, "/task"));
  if (!task) {
    return fail(task);
  }
  if (task->submission.empty()) {
    return fail(ErrorKind::BadInput, "the task '" + task->name + "' has no board to submit to", sourced.where);
  }
  const Result<Dataset> data = readSplit(*task, "test", dataFolder);
  if (!data) {
    return fail(data);
  }
  if (data->sha256 != textOf(json, "/data_sha256")) {
    return fail(ErrorKind::BadInput,
                "this is not the test file of the record: expected sha256 " + textOf(json, "/data_sha256") +
                    ", found " + data->sha256,
                data->path);
  }
  Result<std::vector<Prediction>> read = readOf(sourced, *task);
  if (!read) {
    return fail(read);
  }
  const Result<MatchedPredictions> matched =
      matchPredictions(*task, data->rows, data->skipped, std::move(*read), textOf(json, "/predictions/path"));
  if (!matched) {
    return fail(matched);
  }
  Submission submission{nameFor(*task, *data),
                        task->kind->renderSubmission(*task, data->rows, matched->predictions),
                        static_cast<int64_t>(data->rows.size()),
                        {}};
  if (!data->official) {
    submission.notes.push_back(data->path + " is not the official test file; the board may refuse this");
  }
  if (textOf(json, "/weights_sha256").starts_with("random:")) {
    submission.notes.push_back("these predictions come from random weights");
  }
  return submission;
}

} // namespace clew

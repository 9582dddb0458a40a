// See RecordChecker.h.
#include "suites/check/RecordChecker.h"

#include "suites/check/Plausibility.h"
#include "suites/check/ScoreCheck.h"
#include "suites/data/TaskIdentity.h"
#include "suites/data/TextFile.h"
#include "suites/records/Flags.h"
#include "suites/records/PredictionFile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace clew {
namespace {

/// Predictions stand one a line.
int64_t linesIn(std::string_view text) {
  int64_t lines = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines += isBlank(text.substr(begin, end - begin)) ? 0 : 1;
    begin = end + 1;
  }
  return lines;
}

std::string fieldOf(const Record &record, const char *name) { return record.json[name].get<std::string>(); }

/// The task's official file of this sha256, if it states one.
const TaskFile *officialFile(const Task &task, const std::string &split, const std::string &sha256) {
  const TaskSplit *found = task.split(split);
  if (!found) {
    return nullptr;
  }
  const auto file = std::ranges::find(found->files, sha256, &TaskFile::sha256);
  return file == found->files.end() ? nullptr : &*file;
}

std::string keyOf(const Record &record) { return fieldOf(record, "task") + '\n' + fieldOf(record, "split"); }

/// The value of the headline.
std::optional<double> headlineOf(const Record &record) {
  const std::string name = fieldOf(record, "headline");
  return record.json["metrics"].contains(name) ? std::optional(record.json["metrics"][name]["value"].get<double>())
                                               : std::nullopt;
}

} // namespace

std::string CheckedRecord::whyUnranked(const Record &record) const {
  if (!right()) {
    return faults.front() + (faults.size() > 1 ? fmt::format(" (and {} more)", faults.size() - 1) : "");
  }
  if (record.isOld()) {
    return "a record of the schema " + fieldOf(record, "schema") +
           " has fewer rules than those of now; run the board again";
  }
  if (std::string why = neverRanked(record.json); !why.empty()) {
    return why;
  }
  if (!rescored && !official) {
    return "its scores could not be computed again, and its data is not known to be official" +
           (unchecked.empty() ? "" : ": " + unchecked.front());
  }
  return "";
}

const Result<Task> &RecordChecker::taskOf(const Record &record) {
  const std::string name = fieldOf(record, "task");
  auto place = tasks.find(name);
  if (place == tasks.end()) {
    place = tasks.emplace(name, gold.findTask(name)).first;
  }
  return place->second;
}

const Result<Dataset> &RecordChecker::rowsOf(const Record &record, const Task &task) {
  const std::string key = keyOf(record);
  auto place = rows.find(key);
  if (place == rows.end()) {
    place = rows.emplace(key, gold.readRows(task, fieldOf(record, "split"))).first;
  }
  return place->second;
}

const Result<std::optional<Scores>> &RecordChecker::judged(const Record &record, const PredictionText &predictions) {
  const std::string key = keyOf(record) + '\n' + record.json["predictions"]["sha256"].get<std::string>();
  auto place = judgements.find(key);
  if (place == judgements.end()) {
    const Task &task = *taskOf(record);
    place = judgements.emplace(key, judge(task, *rowsOf(record, task), predictions.text(), predictions.name(), threads))
                .first;
  }
  return place->second;
}

const Result<ModelFacts> &RecordChecker::modelOf(const Record &record, const Task &task) {
  const std::string key = fieldOf(record, "model") + '\n' + task.name;
  auto place = models.find(key);
  if (place == models.end()) {
    place = models.emplace(key, gold.findModel(fieldOf(record, "model"), task)).first;
  }
  return place->second;
}

bool RecordChecker::sameTask(const Record &record, const Task &task, CheckedRecord &checked) const {
  const std::string version = fieldOf(record, "task_version");
  const bool sameVersion = task.version == version;
  if (!record.isFirst() && taskSha256(task) == fieldOf(record, "task_sha256")) {
    if (!sameVersion) {
      checked.faults.push_back(fmt::format(
          "/task_version: expected '{}', which the task of this task_sha256 has, found '{}'", task.version, version));
    }
    if (!task.split(fieldOf(record, "split"))) {
      checked.faults.push_back(fmt::format("/split: expected one of the task, found '{}'", fieldOf(record, "split")));
      return false;
    }
    return true;
  }
  if (!sameVersion) {
    checked.unchecked.push_back(
        fmt::format("the task '{}' has version '{}' here, and '{}' in the record", task.name, task.version, version));
  } else if (!record.isFirst()) {
    checked.unchecked.push_back(fmt::format("scores of {} {} were not computed again: the task's definition here ({}) "
                                            "is not the record's (task_sha256)",
                                            task.name, fieldOf(record, "split"), task.file));
  }
  return sameVersion && record.isFirst();
}

void RecordChecker::checkModel(const Record &record, CheckedRecord &checked) {
  const Result<Task> &task = taskOf(record);
  if (!gold.findModel || !task || record.isOld() || !checked.right()) {
    return;
  }
  const Result<ModelFacts> &model = modelOf(record, *task);
  const std::string name = fieldOf(record, "model");
  if (!model) {
    checked.unchecked.push_back(fmt::format("the model '{}' is not known here: {}", name, model.error().message));
  } else if (model->sha256 != fieldOf(record, "model_sha256")) {
    checked.unchecked.push_back(fmt::format("the model '{}' is defined otherwise here than in the record "
                                            "(model_sha256): its parameters and times were not held against it",
                                            name));
  } else {
    const std::vector<std::string> wrong = implausible(record, *model);
    checked.faults.insert(checked.faults.end(), wrong.begin(), wrong.end());
  }
}

void RecordChecker::checkTask(const Record &record, CheckedRecord &checked) {
  const std::string name = fieldOf(record, "task");
  const Result<Task> &task = taskOf(record);
  if (!task) {
    checked.unchecked.push_back(fmt::format("the task '{}' is not known here: {}", name, task.error().message));
    return;
  }
  if (!sameTask(record, *task, checked)) {
    return;
  }
  const TaskFile *file = officialFile(*task, fieldOf(record, "split"), fieldOf(record, "data_sha256"));
  checked.official = file != nullptr;
  if (record.json["data_official"] != checked.official) {
    checked.faults.push_back(
        fmt::format("/data_official: expected {}, since the task '{}' {} this data_sha256, found {}", checked.official,
                    name, checked.official ? "states" : "does not state", record.json["data_official"].dump()));
  }
  const auto count = record.json["rows"].get<int64_t>();
  if (file && file->rows > 0 && (task->skipped.empty() ? count != file->rows : count > file->rows)) {
    checked.faults.push_back(
        fmt::format("/rows: expected {}, which the official file has, found {}", file->rows, count));
  }
}

void RecordChecker::checkPredictions(const SourcedRecord &sourced, CheckedRecord &checked) {
  const Record &record = sourced.record;
  if (record.json["predictions"].is_null()) {
    checked.unchecked.emplace_back("the record names no predictions: it is incomplete");
    return;
  }
  const Result<PredictionText> predictions = openPredictions(predictionsOf(record), sourced.folder);
  if (!predictions) {
    const bool absent = predictions.error().kind == ErrorKind::NotFound;
    checked.faults.push_back(
        fmt::format("/predictions: {}",
                    absent ? "expected the file that it names, found none: records and predictions go together (" +
                                 predictions.error().where + ")"
                           : predictions.error().message));
    return;
  }
  const auto expected = record.json["rows"].get<int64_t>();
  if (const int64_t found = linesIn(predictions->text()); found != expected) {
    checked.faults.push_back(
        fmt::format("/predictions: expected an answer for each of {} rows, found {}", expected, found));
    return;
  }
  rescore(record, *predictions, checked);
}

void RecordChecker::rescore(const Record &record, const PredictionText &predictions, CheckedRecord &checked) {
  const Result<Task> &task = taskOf(record);
  if (!task || (!record.isFirst() && taskSha256(*task) != fieldOf(record, "task_sha256")) ||
      !task->split(fieldOf(record, "split"))) {
    return; // said already
  }
  const std::string what = fmt::format("{} {}", fieldOf(record, "task"), fieldOf(record, "split"));
  const Result<Dataset> &data = rowsOf(record, *task);
  if (!data) {
    checked.unchecked.push_back(fmt::format("scores of {} were not computed again: {}", what, data.error().render()));
    return;
  }
  if (data->sha256 != fieldOf(record, "data_sha256")) {
    checked.unchecked.push_back(fmt::format("scores of {} were not computed again: the data here ({}) is not the "
                                            "record's: sha256 {}, not {}",
                                            what, data->path, data->sha256, fieldOf(record, "data_sha256")));
    return;
  }
  if (static_cast<int64_t>(data->rows.size()) != record.json["rows"].get<int64_t>()) {
    checked.faults.push_back(
        fmt::format("/rows: expected {}, found {}", data->rows.size(), record.json["rows"].dump()));
    return;
  }
  const Result<std::optional<Scores>> &scores = judged(record, predictions);
  if (!scores) {
    checked.faults.push_back("/predictions: " + scores.error().render());
    return;
  }
  const std::vector<std::string> wrong = scoreFaults(record, task->headline, *scores);
  checked.faults.insert(checked.faults.end(), wrong.begin(), wrong.end());
  checked.rescored = true;
}

CheckedRecord RecordChecker::check(const SourcedRecord &sourced) {
  CheckedRecord checked;
  checked.faults = sourced.record.faults(now);
  if (!sourced.record.violations().empty()) {
    return checked;
  }
  checkTask(sourced.record, checked);
  checkModel(sourced.record, checked);
  checkPredictions(sourced, checked);
  return checked;
}

void RecordChecker::checkGate(const Record &record, const std::map<std::string, F32Score> &f32Scores,
                              CheckedRecord &checked) const {
  const auto f32 = f32Scores.find(record.key()->configurationIdAt(Precision::F32));
  if (record.json["gate"].is_null()) {
    if (f32 != f32Scores.end() && !record.json["metrics"].empty() &&
        f32->second.finished <= fieldOf(record, "started")) {
      checked.faults.push_back("/gate: expected one, since the f32 record was there before, found null");
    }
    return;
  }
  if (f32 == f32Scores.end()) {
    checked.unchecked.emplace_back("the f32 record that a lower precision was held against is not among these");
    return;
  }
  if (const auto stated = record.json["gate"]["f32"].get<double>();
      std::fabs(stated - f32->second.value) > kSameScore) {
    checked.faults.push_back(fmt::format("/gate/f32: expected {:.6f}, the score of the f32 record, found {:.6f}",
                                         f32->second.value, stated));
  }
}

std::vector<CheckedRecord> RecordChecker::checkAll(std::span<const SourcedRecord> records) {
  std::vector<CheckedRecord> all;
  std::map<std::string, F32Score> f32Scores; // by configuration
  for (const SourcedRecord &sourced : records) {
    all.push_back(check(sourced));
    const Record &record = sourced.record;
    if (all.back().right() && !record.isFirst() && fieldOf(record, "precision") == nameOf(Precision::F32)) {
      if (const std::optional<double> score = headlineOf(record)) {
        f32Scores[record.key()->configurationId()] = {*score, fieldOf(record, "finished")};
      }
    }
  }
  for (size_t i = 0; i < records.size(); ++i) {
    if (all[i].right() && !records[i].record.isFirst() && fieldOf(records[i].record, "precision") != "f32") {
      checkGate(records[i].record, f32Scores, all[i]);
    }
  }
  return all;
}

} // namespace clew

// Groups records by program, then by how they were timed.
#include "suites/report/JoinRecords.h"

#include "suites/report/RecordFields.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

/// Threads, tier, machine: what keeps timings of one program apart.
using TimingKey = std::tuple<int64_t, std::string, MachineFacts>;

struct ProgramRecords {
  const SourcedRecord *accuracy = nullptr;
  std::map<TimingKey, std::vector<const SourcedRecord *>> timings;
};

bool isAccuracy(const Json &json) { return textIn(json, "scenario") == "accuracy"; }
bool hasScores(const Json &json) { return !fieldAt(json, {"metrics"}).empty(); }

TimingKey timingKeyOf(const Json &json) { return {wholeIn(json, "threads"), textIn(json, "tier"), readMachine(json)}; }

/// The cell: two records of it measure the same thing again.
using CellOfRecord = std::tuple<std::string, std::string, int64_t, TimingKey>;

CellOfRecord cellOf(const Json &json) {
  ReportRow row;
  readProgram(json, row);
  return {row.program(), textIn(json, "scenario"), wholeIn(json, "length"), timingKeyOf(json)};
}

/// Each cell's latest record, in the order in which cells first appear.
std::vector<const SourcedRecord *> latest(std::span<const SourcedRecord> records) {
  std::vector<const SourcedRecord *> kept;
  std::map<CellOfRecord, size_t> places;
  for (const SourcedRecord &record : records) {
    const auto [place, isNew] = places.try_emplace(cellOf(record.record.json), kept.size());
    if (isNew) {
      kept.push_back(&record);
    } else if (textIn(kept[place->second]->record.json, "finished") <= textIn(record.record.json, "finished")) {
      kept[place->second] = &record;
    }
  }
  return kept;
}

Result<void> checkNamesItsCell(const SourcedRecord &record) {
  for (const char *field : {"id", "model", "weights_sha256", "task", "split", "target", "precision", "scenario"}) {
    if (textIn(record.record.json, field).empty()) {
      return fail(ErrorKind::BadInput, fmt::format("a record without '{}' (check it: clew check)", field),
                  record.folder);
    }
  }
  return {};
}

ReportRow makeRow(const ProgramRecords &program, const std::vector<const SourcedRecord *> &timings) {
  ReportRow row;
  readProgram(timings.empty() ? program.accuracy->record.json : timings.front()->record.json, row);
  if (program.accuracy) {
    readScores(program.accuracy->record.json, row);
    readOrigin(program.accuracy->record.json, row);
    row.recordFolder = program.accuracy->folder;
    row.machine = readMachine(program.accuracy->record.json);
    row.rows = wholeIn(program.accuracy->record.json, "rows");
    row.peakMemory = timings.empty() ? wholeIn(program.accuracy->record.json, "peak_memory_bytes") : 0;
  }
  for (const SourcedRecord *timing : timings) {
    readTiming(timing->record.json, row);
    readOrigin(timing->record.json, row);
    std::tie(row.threads, row.tier, row.machine) = timingKeyOf(timing->record.json);
  }
  std::ranges::sort(row.lengths, {}, &LengthPoint::tokens);
  return row;
}

} // namespace

Result<std::vector<ReportRow>> joinRecords(std::span<const SourcedRecord> records) {
  std::map<std::string, ProgramRecords> programs;
  for (const SourcedRecord &record : records) {
    if (Result<void> named = checkNamesItsCell(record); !named) {
      return fail(named);
    }
  }
  for (const SourcedRecord *record : latest(records)) {
    const Json &json = record->record.json;
    ReportRow row;
    readProgram(json, row);
    ProgramRecords &program = programs[row.program()];
    // The accuracy run speaks for the program; scores beside a timing are the same ones, copied.
    if (isAccuracy(json) || (hasScores(json) && !program.accuracy)) {
      program.accuracy = record;
    }
    if (!isAccuracy(json)) {
      program.timings[timingKeyOf(json)].push_back(record);
    }
  }
  std::vector<ReportRow> rows;
  for (auto &[key, program] : programs) {
    if (program.timings.empty()) {
      rows.push_back(makeRow(program, {}));
    }
    for (const auto &[timing, cells] : program.timings) {
      rows.push_back(makeRow(program, cells));
    }
  }
  std::ranges::sort(rows, standsBefore);
  return rows;
}

void nameClasses(std::span<ReportRow> rows, std::span<const Task> tasks) {
  for (ReportRow &row : rows) {
    const auto task = std::ranges::find(tasks, row.task, &Task::name);
    if (task == tasks.end() || task->labelNames.size() != task->labels.size()) {
      continue;
    }
    for (size_t i = 0; i < task->labels.size(); ++i) {
      row.classNames[task->labels[i]] = task->labelNames[i];
    }
  }
}

} // namespace clew

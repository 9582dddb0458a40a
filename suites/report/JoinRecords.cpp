// Groups records by configuration, then by how they were timed.
#include "suites/report/JoinRecords.h"

#include "suites/report/RecordFields.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

/// A record with what is asked of it again and again.
struct ReadRecord {
  const SourcedRecord *sourced = nullptr;
  const RecordStanding *standing = nullptr; ///< null: nobody has looked
  ReportRow configuration;                  ///< with the fields of what was run
  ScenarioKind scenario = ScenarioKind::Accuracy;
  Tier tier = Tier::Smoke;
  int64_t threads = 0;
  int64_t length = 0;
  Machine machine;
  std::string machineId;

  const Json &json() const { return sourced->record.json; }
  bool isAccuracy() const { return scenario == ScenarioKind::Accuracy; }
  bool hasScores() const { return !fieldAt(json(), {"metrics"}).empty(); }
};

/// Threads, tier, machine: what keeps timings of one configuration apart.
using TimingKey = std::tuple<int64_t, Tier, std::string>;

struct ConfigurationRecords {
  std::map<std::string, const ReadRecord *> accuracies; ///< by machine
  std::map<TimingKey, std::vector<const ReadRecord *>> timings;
};

TimingKey timingKeyOf(const ReadRecord &record) { return {record.threads, record.tier, record.machineId}; }

Result<ReadRecord> read(const SourcedRecord &sourced) {
  const Json &json = sourced.record.json;
  for (const char *field : {"id", "model", "weights_sha256", "task", "split", "target", "precision", "scenario"}) {
    if (textIn(json, field).empty()) {
      return fail(ErrorKind::BadInput, fmt::format("a record without '{}' (check it: clew check)", field),
                  sourced.where.empty() ? sourced.folder : sourced.where);
    }
  }
  ReadRecord record;
  record.sourced = &sourced;
  const Result<void> configuration = readConfiguration(json, record.configuration);
  const Result<ScenarioKind> scenario = scenarioNamed(textIn(json, "scenario"));
  const Result<Tier> tier = tierNamed(textIn(json, "tier"));
  if (!configuration || !scenario || !tier) {
    const Error &error = !configuration ? configuration.error() : !scenario ? scenario.error() : tier.error();
    return fail(error.kind, error.message, sourced.where.empty() ? sourced.folder : sourced.where);
  }
  record.scenario = *scenario;
  record.tier = *tier;
  record.threads = wholeIn(json, "threads");
  record.length = wholeIn(json, "length");
  record.machine = Machine::of(fieldAt(json, {"machine"}));
  record.machineId = record.machine.identity();
  return record;
}

/// Each cell's latest record, in the order in which cells first appear. Two records of one cell measure the same thing again.
std::vector<const ReadRecord *> latest(std::span<const ReadRecord> records) {
  std::vector<const ReadRecord *> kept;
  std::map<std::tuple<std::string, ScenarioKind, int64_t, TimingKey>, size_t> places;
  for (const ReadRecord &record : records) {
    const auto [place, isNew] = places.try_emplace(
        {record.configuration.configuration(), record.scenario, record.length, timingKeyOf(record)}, kept.size());
    if (isNew) {
      kept.push_back(&record);
    } else if (textIn(kept[place->second]->json(), "finished") <= textIn(record.json(), "finished")) {
      kept[place->second] = &record;
    }
  }
  return kept;
}

/// The scores of a machine, else the latest ones there are: answers as a rule do not depend on the machine.
const ReadRecord *accuracyFor(const ConfigurationRecords &configuration, const std::string &machine) {
  if (const auto own = configuration.accuracies.find(machine); own != configuration.accuracies.end()) {
    return own->second;
  }
  const ReadRecord *last = nullptr;
  for (const auto &[id, record] : configuration.accuracies) {
    last = !last || textIn(last->json(), "finished") <= textIn(record->json(), "finished") ? record : last;
  }
  return last;
}

void addStanding(const ReadRecord &record, ReportRow &row) {
  row.faulty = row.faulty || (record.standing && record.standing->faulty);
  if (record.standing && !record.standing->whyUnranked.empty()) {
    row.unranked.push_back(fmt::format("record {}: {}", record.sourced->record.id(), record.standing->whyUnranked));
  }
}

/// Who signed all of a row's records; empty if one of them is unsigned.
std::vector<std::string> signersOf(std::vector<const ReadRecord *> records, const ReadRecord *accuracy) {
  if (accuracy) {
    records.push_back(accuracy);
  }
  std::set<std::string> signers;
  for (const ReadRecord *record : records) {
    if (!record->standing || record->standing->signer.empty()) {
      return {};
    }
    signers.insert(record->standing->signer);
  }
  return {signers.begin(), signers.end()};
}

ReportRow makeRow(const ReadRecord *accuracy, const std::vector<const ReadRecord *> &timings) {
  const ReadRecord &first = timings.empty() ? *accuracy : *timings.front();
  ReportRow row = first.configuration;
  row.machine = first.machine;
  row.machineId = first.machineId;
  if (accuracy) {
    readScores(accuracy->json(), row);
    readOrigin(accuracy->json(), row);
    addStanding(*accuracy, row);
    row.recordFolder = accuracy->sourced->folder;
    row.rows = wholeIn(accuracy->json(), "rows");
    row.peakMemory = timings.empty() ? wholeIn(accuracy->json(), "peak_memory_bytes") : 0;
    row.scoreUnchecked = accuracy->standing && !accuracy->standing->rescored;
  }
  for (const ReadRecord *timing : timings) {
    readTiming(timing->json(), row);
    readOrigin(timing->json(), row);
    if (timing != accuracy) {
      addStanding(*timing, row);
    }
    row.threads = timing->threads;
    row.tier = timing->tier;
  }
  std::ranges::sort(row.lengths, {}, &LengthPoint::tokens);
  row.signers = signersOf(timings, accuracy);
  return row;
}

/// What was timed, and what was only scored.
void addRows(const ConfigurationRecords &configuration, std::vector<ReportRow> &rows) {
  std::set<std::string> timed;
  for (const auto &[key, cells] : configuration.timings) {
    timed.insert(std::get<std::string>(key));
    rows.push_back(makeRow(accuracyFor(configuration, std::get<std::string>(key)), cells));
  }
  for (const auto &[machine, accuracy] : configuration.accuracies) {
    if (!timed.contains(machine)) {
      rows.push_back(makeRow(accuracy, {}));
    }
  }
}

} // namespace

Result<std::vector<ReportRow>> joinRecords(std::span<const SourcedRecord> records,
                                           std::span<const RecordStanding> standings) {
  std::vector<ReadRecord> readable;
  for (size_t i = 0; i < records.size(); ++i) {
    Result<ReadRecord> record = read(records[i]);
    if (!record) {
      return fail(record);
    }
    record->standing = i < standings.size() ? &standings[i] : nullptr;
    readable.push_back(std::move(*record));
  }
  std::map<std::string, ConfigurationRecords> configurations;
  for (const ReadRecord *record : latest(readable)) {
    ConfigurationRecords &configuration = configurations[record->configuration.configuration()];
    // The accuracy run speaks for the configuration; scores beside a timing are the same ones, copied.
    if (record->isAccuracy()) {
      configuration.accuracies[record->machineId] = record;
    } else if (record->hasScores()) {
      configuration.accuracies.try_emplace(record->machineId, record);
    }
    if (!record->isAccuracy()) {
      configuration.timings[timingKeyOf(*record)].push_back(record);
    }
  }
  std::vector<ReportRow> rows;
  for (const auto &[key, configuration] : configurations) {
    addRows(configuration, rows);
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

// Which records a form takes.
#include "suites/results/Export.h"

#include "suites/results/ExportScores.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace clew {
namespace {

/// What of a record its scores are of, so that several records of it have one entry.
std::string configurationOf(const Record &record) {
  std::string key;
  for (const char *field :
       {"task", "split", "data_sha256", "model_sha256", "weights_sha256", "target", "precision", "scheme"}) {
    key += record.json[field].get<std::string>() + '\n';
  }
  return key;
}

std::string programOf(const Record &record) {
  return record.json["model"].get<std::string>() + " with weights " +
         record.json["weights_sha256"].get<std::string>().substr(0, 16);
}

/// f32 first: where a form has room for one score, it is that one.
bool before(const Record *a, const Record *b) {
  const auto place = [](const Record *record) {
    const auto precision = record->json["precision"].get<std::string>();
    return std::tuple(record->json["task"].get<std::string>(), record->json["split"].get<std::string>(),
                      precision != "f32", precision, record->digest());
  };
  return place(a) < place(b);
}

Result<std::vector<const Record *>> scoredRecords(std::span<const ExportRecord> records, const ExportOptions &options,
                                                  std::vector<std::string> &notes) {
  std::map<std::string, const Record *> latest;
  std::map<std::string, int64_t> unranked;
  std::set<std::string> models;
  std::set<std::string> programs;
  for (const ExportRecord &one : records) {
    const auto &json = one.record.json;
    if (!one.unranked.empty()) {
      ++unranked[one.unranked];
      continue;
    }
    if (json["headline"].get<std::string>().empty() || (!options.model.empty() && json["model"] != options.model)) {
      continue;
    }
    models.insert(json["model"].get<std::string>());
    // The weights of tasks differ where each has its own; of one task there must be one.
    programs.insert(json["task"].get<std::string>() + ": " + programOf(one.record));
    const Record *&last = latest[configurationOf(one.record)];
    if (!last || last->json["finished"].get<std::string>() < json["finished"].get<std::string>()) {
      last = &one.record;
    }
  }
  for (const auto &[why, count] : unranked) {
    notes.push_back(fmt::format("left out: {} record{}: {}", count, count == 1 ? "" : "s", why));
  }
  if (models.size() != 1) {
    return fail(ErrorKind::BadInput,
                models.empty() ? "no record with scores that may be ranked, which is what this form is for"
                               : fmt::format("expected one model (--model), found {}", fmt::join(models, ", ")));
  }
  std::vector<const Record *> kept;
  std::map<std::string, std::string> weights;
  for (const auto &[key, record] : latest) {
    const std::string task = record->json["task"].get<std::string>();
    const auto [known, fresh] = weights.emplace(task, programOf(*record));
    if (!fresh && known->second != programOf(*record)) {
      return fail(ErrorKind::BadInput,
                  fmt::format("expected one set of weights for {}, found {}", task, fmt::join(programs, ", ")));
    }
    kept.push_back(record);
  }
  std::ranges::sort(kept, before);
  return kept;
}

} // namespace

std::string_view nameOf(ExportFormat format) {
  switch (format) {
  case ExportFormat::ModelIndex:
    return "model-index";
  case ExportFormat::EvalResults:
    return "eval-results";
  case ExportFormat::Mteb:
    return "mteb";
  case ExportFormat::Csv:
    return "csv";
  case ExportFormat::Benchmark:
    return "benchmark";
  }
  return "?";
}

Result<Exported> exportRecords(std::span<const ExportRecord> records, ExportFormat format,
                               const ExportOptions &options) {
  if (records.empty()) {
    return fail(ErrorKind::BadInput, "no record that is right");
  }
  if (format == ExportFormat::Csv) {
    return exportCsv(records);
  }
  if (format == ExportFormat::Benchmark) {
    return exportBenchmark(records);
  }
  std::vector<std::string> notes;
  const Result<std::vector<const Record *>> kept = scoredRecords(records, options, notes);
  if (!kept) {
    return fail(kept);
  }
  Exported exported = format == ExportFormat::ModelIndex    ? exportModelIndex(*kept, options)
                      : format == ExportFormat::EvalResults ? exportEvalResults(*kept, options)
                                                            : exportMteb(*kept, options);
  exported.notes.insert(exported.notes.begin(), notes.begin(), notes.end());
  return exported;
}

} // namespace clew

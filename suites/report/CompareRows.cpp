// Finds the base of each task, reads prediction files (nothing in them or about them is trusted), tests, adjusts.
#include "suites/report/CompareRows.h"

#include "suites/metrics/Prediction.h"
#include "suites/records/PredictionFile.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace clew {
namespace {

std::string boardOf(const ReportRow &row) {
  return row.task + '\n' + row.taskVersion + '\n' + row.split + '\n' + row.dataSha256;
}

bool isNamed(const ReportRow &row, const std::string &base) {
  return row.name() == base || row.model == base || std::ranges::find(row.ids, base) != row.ids.end();
}

/// A task with the rows of a split.
struct GoldRows {
  Task task;
  Dataset data;
};

/// The base of each board, as one of its rows.
using Bases = std::map<std::string, const ReportRow *>;

Result<Bases> findBases(std::span<const ReportRow> rows, const std::string &base) {
  std::map<std::string, std::vector<const ReportRow *>> named;
  for (const ReportRow &row : rows) {
    if (isNamed(row, base)) {
      named[boardOf(row)].push_back(&row);
    }
  }
  if (named.empty()) {
    return fail(ErrorKind::NotFound,
                fmt::format("no record of the base '{}'; it may be a model (bert/base), a model at a "
                            "precision (bert/base@f32) or a record's id",
                            base));
  }
  Bases bases;
  for (auto &[board, candidates] : named) {
    std::set<std::string> configurations;
    for (const ReportRow *row : candidates) {
      configurations.insert(row->configuration());
    }
    if (configurations.size() > 1) { // a model's name alone means f32
      std::erase_if(candidates, [](const ReportRow *row) { return row->precision != Precision::F32; });
      configurations.clear();
      for (const ReportRow *row : candidates) {
        configurations.insert(row->configuration());
      }
    }
    if (configurations.size() != 1) {
      return fail(ErrorKind::BadInput,
                  fmt::format("the base '{}' means several configurations on one task; name one by its precision "
                              "(bert/base@bf16) or by a record's id",
                              base));
    }
    bases[board] = candidates.front();
  }
  return bases;
}

/// What one comparison needs of the files, read once a configuration.
class PredictionShelf {
public:
  explicit PredictionShelf(const GoldSource &gold) : gold(gold) {}

  const Result<GoldRows> &goldOf(const ReportRow &row) {
    const std::string key = boardOf(row);
    auto place = golds.find(key);
    if (place == golds.end()) {
      place = golds.emplace(key, readGold(row)).first;
    }
    return place->second;
  }

  const Result<std::vector<Prediction>> &predictionsOf(const ReportRow &row, const GoldRows &goldRows) {
    const std::string key = row.configuration() + row.predictionsSha256;
    auto place = shelf.find(key);
    if (place == shelf.end()) {
      place = shelf.emplace(key, readVerified(row, goldRows)).first;
    }
    return place->second;
  }

private:
  Result<GoldRows> readGold(const ReportRow &row) const {
    Result<Task> task = gold.findTask(row.task);
    Result<Dataset> data = task ? gold.readRows(*task, row.split) : fail(task);
    if (!data) {
      return fail(data);
    }
    if (!row.dataSha256.empty() && data->sha256 != row.dataSha256) {
      return fail(ErrorKind::BadInput, "the data here is not the data of the record (sha256)");
    }
    return GoldRows{std::move(*task), std::move(*data)};
  }

  static Result<std::vector<Prediction>> readVerified(const ReportRow &row, const GoldRows &goldRows) {
    const Result<PredictionText> file = openPredictions({row.predictions, row.predictionsSha256}, row.recordFolder);
    if (!file) {
      return fail(file.error().kind,
                  file.error().kind == ErrorKind::NotFound ? "the prediction file is not here" : file.error().message);
    }
    Result<std::vector<Prediction>> read = parsePredictions(goldRows.task, file->text(), file->name());
    Result<MatchedPredictions> matched = read ? matchPredictions(goldRows.task, goldRows.data.rows,
                                                                 goldRows.data.skipped, std::move(*read), file->name())
                                              : fail(read);
    return matched ? Result<std::vector<Prediction>>(std::move(matched->predictions)) : fail(matched);
  }

  const GoldSource &gold;
  std::map<std::string, Result<GoldRows>> golds;
  std::map<std::string, Result<std::vector<Prediction>>> shelf;
};

Result<PairedTest> testAgainst(const ReportRow &row, const ReportRow &base, PredictionShelf &shelf,
                               const BootstrapOptions &options) {
  if (base.predictions.empty() || row.predictions.empty()) {
    return fail(ErrorKind::NotFound,
                row.predictions.empty() ? "no prediction file" : "the base has no prediction file");
  }
  const Result<GoldRows> &gold = shelf.goldOf(row);
  if (!gold) {
    return fail(gold);
  }
  const Result<std::vector<Prediction>> &a = shelf.predictionsOf(base, *gold);
  if (!a) {
    return fail(a.error().kind, "base: " + a.error().message);
  }
  const Result<std::vector<Prediction>> &b = shelf.predictionsOf(row, *gold);
  return b ? comparePaired(gold->task, gold->data.rows, *a, *b, options) : fail(b);
}

/// Of the base's rows, the one that was timed as `row` was.
const ReportRow *timedAlike(std::span<const ReportRow> rows, const ReportRow &base, const ReportRow &row) {
  for (const ReportRow &other : rows) {
    if (other.configuration() == base.configuration() && other.threads == row.threads && other.tier == row.tier &&
        other.machineId == row.machineId && other.latency.p50) {
      return &other;
    }
  }
  return nullptr;
}

} // namespace

Result<void> compareRows(std::span<ReportRow> rows, const CompareOptions &options, const GoldSource &gold) {
  const Result<Bases> bases = findBases(rows, options.base);
  if (!bases) {
    return fail(bases);
  }
  PredictionShelf shelf(gold);
  std::map<std::string, RowComparison> configurations;
  std::vector<std::string> tested;
  std::vector<double> p;
  for (const ReportRow &row : rows) {
    const auto [place, isNew] = configurations.try_emplace(row.configuration());
    RowComparison &comparison = place->second;
    const auto base = bases->find(boardOf(row));
    if (!isNew) {
      continue;
    }
    if (base == bases->end()) {
      comparison.whyNot = "no base on this task";
    } else if (row.configuration() == base->second->configuration()) {
      comparison.isBase = true;
    } else if (const Result<PairedTest> test = testAgainst(row, *base->second, shelf, options.bootstrap)) {
      comparison.test = *test;
      tested.push_back(row.configuration());
      p.push_back(test->p);
    } else {
      comparison.whyNot = test.error().message;
    }
  }
  const std::vector<double> adjusted = adjustedForDiscoveries(p);
  for (size_t i = 0; i < tested.size(); ++i) {
    configurations[tested[i]].adjustedP = adjusted[i];
  }
  for (ReportRow &row : rows) {
    row.comparison = configurations[row.configuration()];
    const auto base = bases->find(boardOf(row));
    const ReportRow *alike = base == bases->end() ? nullptr : timedAlike(rows, *base->second, row);
    if (alike && row.latency.p50 && *row.latency.p50 > 0 && !row.comparison->isBase) {
      row.comparison->speed = *alike->latency.p50 / *row.latency.p50;
    }
  }
  return {};
}

} // namespace clew

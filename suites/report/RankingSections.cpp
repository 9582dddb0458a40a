// See RankingSections.h.
#include "suites/report/RankingSections.h"

#include "suites/report/ReportNumbers.h"
#include "suites/report/SheetFields.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

std::string againstBest(const RankedRow &ranked) {
  if (ranked.isBest) {
    return "best";
  }
  if (!ranked.test) {
    return "";
  }
  return fmt::format("{} [{}, {}]", differenceText(ranked.test->difference), differenceText(ranked.test->lo),
                     differenceText(ranked.test->hi));
}

std::vector<std::string> flagsOf(const ReportRow &row) {
  std::vector<std::string> flags = row.furtherFlags();
  if (row.deterministic) {
    flags.insert(flags.begin(), "deterministic");
  }
  if (row.gate && !row.gate->kept99) {
    flags.insert(flags.begin(), "below 99 % of f32");
  }
  if (row.scoreUnchecked) {
    flags.emplace_back("score not computed again here");
  }
  return flags;
}

/// A cell of the ranking by the row that it is of.
class RankedCells {
public:
  explicit RankedCells(const Ranking &ranking) {
    for (const RankedRow &ranked : ranking.rows) {
      places[ranked.row] = &ranked;
    }
  }

  template <typename Text> std::function<std::string(const ReportRow &)> of(Text text) const {
    return [this, text](const ReportRow &row) { return text(*places.at(&row)); };
  }

private:
  std::map<const ReportRow *, const RankedRow *> places;
};

ReportSection sectionOf(const Ranking &ranking) {
  std::vector<const ReportRow *> rows;
  for (const RankedRow &ranked : ranking.rows) {
    rows.push_back(ranked.row);
  }
  const RankedCells cells(ranking);
  std::vector<SheetField> fields = {
      {"rank", true, cells.of([](const RankedRow &ranked) { return std::to_string(ranked.rank); })}};
  append(fields, identityFields());
  append(fields, scoreFields(rows));
  fields.push_back({"against best", true, cells.of(againstBest)});
  fields.push_back({"p (BH)", true, cells.of([](const RankedRow &ranked) {
                      return ranked.adjustedP ? pText(*ranked.adjustedP) : std::string();
                    })});
  append(fields, shareFields());
  append(fields, timingFields());
  append(fields, standingFields());
  fields.push_back({"front", false, cells.of([](const RankedRow &ranked) { return ranked.front ? "*" : ""; })});
  fields.push_back({"signed by", false, [](const ReportRow &row) { return commaSeparated(row.signers); }});
  fields.push_back({"flags", false, [](const ReportRow &row) { return commaSeparated(flagsOf(row)); }});
  ReportSection section{boardTitle(*rows.front()) + ": " + plainText(ranking.machineClass), {}, sheetOf(fields, rows)};
  section.notes.push_back(
      fmt::format("{} rows, data sha256 {}.", rows.front()->rows, shortened(rows.front()->dataSha256)));
  std::map<std::string, int64_t> untested;
  for (const RankedRow &ranked : ranking.rows) {
    if (!ranked.whyNot.empty()) {
      ++untested[ranked.whyNot];
    }
  }
  for (const auto &[why, count] : untested) {
    section.notes.push_back(plainText(fmt::format("{} not tested against the best: {}.", count, why)));
  }
  if (std::ranges::any_of(rows, [](const ReportRow *row) { return row->tier != Tier::Official; })) {
    section.notes.emplace_back("Only rows of the tier \"official\" are official; the others ran for a shorter time.");
  }
  return section;
}

Json rowJson(const RankedRow &ranked) {
  const ReportRow &row = *ranked.row;
  const auto &[metric, score] = row.metrics.front();
  const auto orNull = [](const auto &value) { return value ? Json(*value) : Json(); };
  Json json = {{"rank", ranked.rank},
               {"model", row.model},
               {"precision", nameOf(row.precision)},
               {"target", nameOf(row.target)},
               {"threads", row.threads},
               {"tier", row.tier ? Json(nameOf(*row.tier)) : Json()},
               {"metric", metric},
               {"score", {{"value", score.value}, {"lo", score.lo}, {"hi", score.hi}}},
               {"best", ranked.isBest},
               {"difference", ranked.test ? Json(ranked.test->difference) : Json()},
               {"p", ranked.test ? Json(ranked.test->p) : Json()},
               {"p_adjusted", orNull(ranked.adjustedP)},
               {"test", ranked.test ? Json(ranked.test->test) : Json()},
               {"why_not_tested", ranked.whyNot.empty() ? Json() : Json(ranked.whyNot)},
               {"p50_ms", orNull(row.latency.p50)},
               {"peak_memory_bytes", row.peakMemory > 0 ? Json(row.peakMemory) : Json()},
               {"joules_per_row", row.joulesPerRow > 0 ? Json(row.joulesPerRow) : Json()},
               {"front", ranked.front},
               {"rescored", !row.scoreUnchecked},
               {"weights_sha256", row.weightsSha256},
               {"machine_id", row.machineId},
               {"signers", row.signers},
               {"ids", row.ids}};
  return json;
}

} // namespace

std::vector<ReportSection> rankingSections(std::span<const Ranking> rankings) {
  std::vector<ReportSection> sections;
  for (const Ranking &ranking : rankings) {
    sections.push_back(sectionOf(ranking));
  }
  return sections;
}

std::vector<std::string> rankingNotes() {
  return {
      "A rank is among programs on one task, split and class of machines: 1 + the number of those whose 95 % interval "
      "lies wholly above. Programs that share one are not told apart by the data.",
      "p is of a paired test against the best on the same rows (exact McNemar, or the paired bootstrap), adjusted for "
      "the tests of the table (Benjamini and Hochberg 1995). A star: nothing here is as good in score, p50, memory "
      "and energy (where it was counted) and better in one."};
}

Json rankingJson(std::span<const Ranking> rankings) {
  Json list = Json::array();
  for (const Ranking &ranking : rankings) {
    const ReportRow &first = *ranking.rows.front().row;
    Json rows = Json::array();
    for (const RankedRow &ranked : ranking.rows) {
      rows.push_back(rowJson(ranked));
    }
    list.push_back({{"task", first.task},
                    {"task_version", first.taskVersion},
                    {"split", first.split},
                    {"data_sha256", first.dataSha256},
                    {"machine_class", ranking.machineClass},
                    {"rows", std::move(rows)}});
  }
  return list;
}

} // namespace clew

// See SiteData.h.
#include "suites/report/SiteData.h"

#include "runtime/base/VisibleText.h"
#include "suites/report/RankingSections.h"
#include "suites/report/RecordFields.h"
#include "suites/report/SheetFields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <map>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

/// Texts by their place in a list. They are anybody's: what hides in them is made visible.
class Texts {
public:
  int64_t place(const std::string &text) {
    const auto [at, isNew] = places.emplace(text, static_cast<int64_t>(places.size()));
    if (isNew) {
      list.push_back(visibleText(text));
    }
    return at->second;
  }
  Json list = Json::array();

private:
  std::map<std::string, int64_t> places;
};

/// As many digits as anyone looks at.
Json shortened(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) {
    return nullptr;
  }
  const double scale = *value == 0 ? 1 : std::pow(10, 4 - std::ceil(std::log10(std::fabs(*value))));
  return std::round(*value * scale) / scale;
}

Json positive(double value) { return value > 0 ? shortened(value) : Json(); }

Json hundredths(double value) { return std::round(value * 100) / 100; }

const char *kFields[] = {
    "#model",    "#precision",  "#target",      "threads", "#tier",   "#task",      "#version",     "#split", "#data",
    "#machine",  "#machine_id", "#metric",      "score",   "lo",      "hi",         "p50",          "p90",    "p99",
    "model_p50", "rows_per_s",  "server_per_s", "memory",  "energy",  "parameters", "cold",         "rank",   "front",
    "p_best",    "#commit",     "#finished",    "#marks",  "#boards", "#signers",   "#predictions", "#why",   "#id"};

Json rowOf(const ReportRow &row, const RankedRow *ranked, Texts &texts) {
  const auto text = [&](const std::string &value) { return Json(texts.place(value)); };
  const bool scored = !row.metrics.empty();
  const Interval score = scored ? row.metrics.front().second : Interval();
  return {text(row.model),
          text(std::string(nameOf(row.precision))),
          text(std::string(nameOf(row.target))),
          row.threads > 0 ? Json(row.threads) : Json(),
          text(row.tier ? std::string(nameOf(*row.tier)) : ""),
          text(row.task),
          text(row.taskVersion),
          text(row.split),
          text(row.dataSha256.substr(0, 12)),
          text(nameOf(row.machine)),
          text(row.machineId.substr(0, 16)),
          text(scored ? row.metrics.front().first : ""),
          scored ? hundredths(score.value) : Json(),
          scored ? hundredths(score.lo) : Json(),
          scored ? hundredths(score.hi) : Json(),
          shortened(row.latency.p50),
          shortened(row.latency.p90),
          shortened(row.latency.p99),
          shortened(row.modelOnly.p50),
          positive(row.rowsPerS),
          positive(row.serverPerS),
          positive(static_cast<double>(row.peakMemory)),
          positive(row.joulesPerRow),
          positive(static_cast<double>(row.parameters)),
          row.coldStart ? shortened(row.coldStart->total()) : Json(),
          ranked ? Json(ranked->rank) : Json(),
          ranked && ranked->front ? 1 : 0,
          ranked ? shortened(ranked->adjustedP) : Json(),
          text(row.commits.empty() ? "" : row.commits.back().substr(0, 12)),
          text(row.finished),
          text(fmt::format("{}", fmt::join(row.marks(), "; "))),
          text(commaSeparated(row.boards)),
          text(commaSeparated(row.signers)),
          text(row.predictionsSha256.substr(0, 16)),
          text(row.unranked.empty() ? "" : row.unranked.front()),
          text(row.ids.empty() ? "" : row.ids.front())};
}

Json historyOf(std::span<const SourcedRecord> records, Texts &texts) {
  Json history = Json::array();
  for (const SourcedRecord &sourced : records) {
    const Json &json = sourced.record.json;
    const std::string headline = textIn(json, "headline");
    const std::optional<double> score = numberIn(fieldAt(fieldAt(json, {"metrics"}), {headline.c_str()}), "value");
    const bool single = textIn(json, "scenario") == "single-stream" && wholeIn(json, "length") == 0;
    const std::optional<double> p50 = single ? numberIn(fieldAt(json, {"latency_ms"}), "p50") : std::nullopt;
    if ((!score && !p50) || boolIn(json, "random_weights")) {
      continue;
    }
    history.push_back({texts.place(textIn(json, "model")), texts.place(textIn(json, "precision")),
                       texts.place(textIn(json, "task")), texts.place(textIn(json, "split")),
                       texts.place(nameOf(Machine::of(fieldAt(json, {"machine"})))),
                       texts.place(textIn(json, "finished")), texts.place(textIn(json, "commit").substr(0, 12)),
                       score ? hundredths(*score) : Json(), shortened(p50)});
  }
  return history;
}

} // namespace

Json siteJson(std::span<const ReportRow> rows, std::span<const Ranking> rankings,
              std::span<const SourcedRecord> records, const std::string &title) {
  std::map<const ReportRow *, const RankedRow *> ranked;
  for (const Ranking &ranking : rankings) {
    for (const RankedRow &one : ranking.rows) {
      ranked[one.row] = &one;
    }
  }
  Texts texts;
  Json list = Json::array();
  for (const ReportRow &row : rows) {
    const auto place = ranked.find(&row);
    list.push_back(rowOf(row, place == ranked.end() ? nullptr : place->second, texts));
  }
  Json history = historyOf(records, texts);
  return {{"title", visibleText(title)},
          {"fields", kFields},
          {"rows", std::move(list)},
          {"history_fields",
           {"#model", "#precision", "#task", "#split", "#machine", "#finished", "#commit", "score", "p50"}},
          {"history", std::move(history)},
          {"notes", rankingNotes()},
          {"texts", std::move(texts.list)}};
}

} // namespace clew

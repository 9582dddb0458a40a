// See SiteReport.h.
#include "suites/report/SiteReport.h"

#include "runtime/base/AtomicFile.h"
#include "runtime/base/JsonValue.h"
#include "runtime/base/VisibleText.h"
#include "suites/data/TextFile.h"
#include "suites/records/PredictionFile.h"
#include "suites/report/PageParts.h"
#include "suites/report/RankingSections.h"
#include "suites/report/ReportJson.h"
#include "suites/report/SiteData.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <set>

namespace clew {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// In the order in which they are put together.
constexpr std::array kScripts = {"format.js",     "site/rows.js",    "site/plot.js",
                                 "site/views.js", "site/compare.js", "site/site.js"};

/// What a line of predictions answers: all but its id and probabilities, as short text.
std::string answerOf(Json line) {
  for (const char *field : {"id", "probs", "text"}) {
    line.erase(field);
  }
  if (line.size() == 1 && line.front().is_string()) {
    return line.front().get<std::string>();
  }
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// {"ids": [...], "answers": [...]} of a file of predictions, whatever its task; nothing for lines that are none.
Json answersIn(const PredictionText &predictions) {
  Json ids = Json::array();
  Json answers = Json::array();
  Lines lines(predictions.text());
  for (std::string_view line; lines.next(line);) {
    Result<Json> json = parseOrderedJson(line, predictions.name(), lines.number());
    if (!isBlank(line) && json && json->is_object() && json->contains("id")) {
      const Json &id = (*json)["id"];
      ids.push_back(visibleText(id.is_string() ? id.get<std::string>() : id.dump()));
      answers.push_back(visibleText(answerOf(std::move(*json))));
    }
  }
  return {{"ids", std::move(ids)}, {"answers", std::move(answers)}};
}

Result<void> writePredictions(const fs::path &folder, std::span<const ReportRow> rows) {
  std::set<std::string> written;
  for (const ReportRow &row : rows) {
    const std::string name = row.predictionsSha256.substr(0, 16);
    if (name.empty() || !written.insert(name).second) {
      continue;
    }
    const Result<PredictionText> opened = openPredictions({row.predictions, row.predictionsSha256}, row.recordFolder);
    if (!opened) {
      continue; // the page says that they are not here
    }
    const std::string text = fmt::format("clewPredictions(\"{}\", {});\n", name, scriptSafe(answersIn(*opened)));
    if (Result<void> done = makeFolder(folder.string()); !done) {
      return done;
    }
    if (Result<void> done = writeFileAtomically((folder / (name + ".js")).string(), text); !done) {
      return done;
    }
  }
  return {};
}

} // namespace

Result<std::string> renderSite(std::span<const ReportRow> rows, std::span<const Ranking> rankings,
                               std::span<const SourcedRecord> records, const std::string &title) {
  const Result<std::string> folder = assetFolder();
  if (!folder) {
    return fail(folder);
  }
  const Result<std::string> page = readAsset(*folder + "/site/site.html");
  const Result<std::string> style = page ? readAsset(*folder + "/site/site.css") : fail(page);
  if (!style) {
    return fail(style);
  }
  std::string script;
  for (const char *name : kScripts) {
    const Result<std::string> part = readAsset(*folder + "/" + name);
    if (!part) {
      return fail(part);
    }
    script += *part;
  }
  if (script.find("</script") != std::string::npos || script.find("<!--") != std::string::npos) {
    return fail(ErrorKind::BadInput, "a script of the site would end its element");
  }
  const Result<std::string> scriptSource = policySource(script);
  const Result<std::string> styleSource = policySource(*style);
  if (!scriptSource || !styleSource) {
    return fail(!scriptSource ? scriptSource : styleSource);
  }
  // strict-dynamic: the page's own script may load predictions, which a policy by place cannot say of files of a disk.
  const std::string policy = fmt::format("default-src 'none'; script-src {} 'strict-dynamic'; style-src {}; "
                                         "base-uri 'none'; form-action 'none'",
                                         *scriptSource, *styleSource);
  return filledPage(*page, {{"policy", policy},
                            {"title", escapedHtml(visibleText(title))},
                            {"style", *style},
                            {"data", scriptSafe(siteJson(rows, rankings, records, title))},
                            {"script", script}});
}

Result<void> writeSite(const std::string &out, std::span<const ReportRow> rows, std::span<const Ranking> rankings,
                       std::span<const SourcedRecord> records, const std::string &title) {
  const Result<std::string> page = renderSite(rows, rankings, records, title);
  if (!page) {
    return fail(page);
  }
  if (Result<void> made = makeFolder(out); !made) {
    return made;
  }
  if (Result<void> done = writePredictions(fs::path(out) / "predictions", rows); !done) {
    return done;
  }
  const std::string board = renderMarkdown("Leaderboard", rankingNotes(), rankingSections(rankings));
  if (Result<void> done = writeFileAtomically((fs::path(out) / "LEADERBOARD.md").string(), board); !done) {
    return done;
  }
  return writeFileAtomically((fs::path(out) / "index.html").string(), *page);
}

} // namespace clew

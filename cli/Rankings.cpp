// See Rankings.h.
#include "cli/Rankings.h"

#include "cli/Progress.h"
#include "cli/Table.h"
#include "runtime/base/VisibleText.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iterator>

namespace clew {

std::string renderTables(std::span<const std::string> notes, std::span<const ReportSection> sections) {
  std::string text;
  for (const std::string &note : notes) {
    text += note + "\n";
  }
  for (const ReportSection &section : sections) {
    text += (text.empty() ? "" : "\n") + section.title + "\n";
    for (const std::string &note : section.notes) {
      text += note + "\n";
    }
    std::vector<Table::Column> columns;
    for (const SheetColumn &column : section.sheet.columns) {
      columns.push_back({column.title, column.number ? Align::Right : Align::Left});
    }
    Table table(std::move(columns));
    for (const std::vector<std::string> &row : section.sheet.rows) {
      table.add(row);
    }
    text += "\n" + table.render();
  }
  return text;
}

Result<std::vector<Ranking>> rankAndTest(std::span<const ReportRow> rows, const GoldSource &gold,
                                         const BootstrapOptions &options) {
  std::vector<Ranking> rankings = rankRows(rows);
  if (rankings.empty()) {
    return fail(
        ErrorKind::BadInput,
        "nothing to rank: a leaderboard takes records that pass clew check, with an accuracy run, of a tier above "
        "smoke and sources of a commit, with weights that are not random and data that are not samples");
  }
  const Progress progress("testing differences");
  RowTester tester(gold, options);
  testRankings(rankings, tester);
  return rankings;
}

std::string renderRankings(std::span<const Ranking> rankings, bool markdown) {
  return renderRankings(rankings, {}, markdown);
}

static ReportSection claimSection(std::span<const Claim> claims) {
  ReportSection section{
      "Claimed elsewhere",
      {"From the result files of other harnesses, as they state it. Nothing of it was computed again "
       "here, splits and prompts may differ, and none of it is ranked."},
      {{{"model"}, {"task"}, {"split"}, {"metric"}, {"value", true}, {"+-", true}, {"harness"}, {"file"}}, {}}};
  for (const Claim &claim : claims) {
    section.sheet.rows.push_back({visibleText(claim.model), visibleText(claim.task), visibleText(claim.split),
                                  visibleText(claim.metric), fmt::format("{:.6g}", claim.value),
                                  claim.standardError ? fmt::format("{:.2g}", *claim.standardError) : "",
                                  visibleText(claim.harness), claim.sha256.substr(0, 16)});
  }
  return section;
}

std::string renderRankings(std::span<const Ranking> rankings, std::span<const Claim> claims, bool markdown) {
  std::vector<ReportSection> sections = rankingSections(rankings);
  if (!claims.empty()) {
    sections.push_back(claimSection(claims));
  }
  const std::vector<std::string> notes = rankingNotes();
  return markdown ? renderMarkdown("Leaderboard", notes, sections) : renderTables(notes, sections);
}

Result<std::vector<Claim>> claimsOf(const std::vector<std::string> &paths) {
  std::vector<Claim> claims;
  for (const std::string &path : paths) {
    Result<std::vector<Claim>> read = readClaims(path);
    if (!read) {
      return fail(read);
    }
    claims.insert(claims.end(), std::make_move_iterator(read->begin()), std::make_move_iterator(read->end()));
  }
  return claims;
}

nlohmann::ordered_json claimsJson(std::span<const Claim> claims) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Claim &claim : claims) {
    json.push_back({{"model", claim.model},
                    {"task", claim.task},
                    {"split", claim.split.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(claim.split)},
                    {"metric", claim.metric},
                    {"value", claim.value},
                    {"standard_error",
                     claim.standardError ? nlohmann::ordered_json(*claim.standardError) : nlohmann::ordered_json()},
                    {"harness", claim.harness},
                    {"file", claim.file},
                    {"sha256", claim.sha256},
                    {"computed_again", false}});
  }
  return json;
}

} // namespace clew

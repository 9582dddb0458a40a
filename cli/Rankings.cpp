// See Rankings.h.
#include "cli/Rankings.h"

#include "cli/Progress.h"
#include "cli/Table.h"

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
  const std::vector<ReportSection> sections = rankingSections(rankings);
  const std::vector<std::string> notes = rankingNotes();
  return markdown ? renderMarkdown("Leaderboard", notes, sections) : renderTables(notes, sections);
}

} // namespace clew

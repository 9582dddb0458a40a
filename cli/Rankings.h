// Rankings and tables as commands print them: `clew report --leaderboard` and `clew results rank` are one leaderboard.
#pragma once

#include "suites/report/RankingSections.h"

namespace clew {

/// rankRows and testRankings. BadInput when nothing may be ranked. `rows` must outlive the rankings.
Result<std::vector<Ranking>> rankAndTest(std::span<const ReportRow> rows, const GoldSource &gold,
                                         const BootstrapOptions &options);

/// As tables for the terminal, or as Markdown.
std::string renderRankings(std::span<const Ranking> rankings, bool markdown);

/// Notes, then each section with its title, notes and table.
std::string renderTables(std::span<const std::string> notes, std::span<const ReportSection> sections);

} // namespace clew

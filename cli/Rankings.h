// Rankings and tables as commands print them: `clew report --leaderboard` and `clew results rank` are one leaderboard.
#pragma once

#include "suites/report/RankingSections.h"
#include "suites/results/Claims.h"

namespace clew {

/// rankRows and testRankings. BadInput when nothing may be ranked. `rows` must outlive the rankings.
Result<std::vector<Ranking>> rankAndTest(std::span<const ReportRow> rows, const GoldSource &gold,
                                         const BootstrapOptions &options);

/// As tables for the terminal, or as Markdown.
std::string renderRankings(std::span<const Ranking> rankings, bool markdown);
/// The same, and below what others claim, in a section that says that nobody computed it again.
std::string renderRankings(std::span<const Ranking> rankings, std::span<const Claim> claims, bool markdown);

/// The claims of all files.
Result<std::vector<Claim>> claimsOf(const std::vector<std::string> &paths);
nlohmann::ordered_json claimsJson(std::span<const Claim> claims);

/// Notes, then each section with its title, notes and table.
std::string renderTables(std::span<const std::string> notes, std::span<const ReportSection> sections);

} // namespace clew

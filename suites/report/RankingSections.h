// Rankings for people (a table each: terminal, Markdown, LEADERBOARD.md) and for programs (JSON).
#pragma once

#include "suites/report/Ranking.h"
#include "suites/report/ReportSections.h"

#include <nlohmann/json_fwd.hpp>

namespace clew {

/// One section a ranking. Every tier but smoke may stand here and is named; only `official` ones may be called official, and a note says so.
std::vector<ReportSection> rankingSections(std::span<const Ranking> rankings);

/// What every leaderboard says of itself, above its sections.
std::vector<std::string> rankingNotes();

/// [{task, ..., machine_class, rows: [{rank, model, ..., score, p_adjusted, front, ids}]}]
nlohmann::ordered_json rankingJson(std::span<const Ranking> rankings);

} // namespace clew

// What the site knows, as JSON: every row once, by number, texts by their place in a list, so that ten thousand records open at once.
#pragma once

#include "suites/records/Record.h"
#include "suites/report/Ranking.h"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>

namespace clew {

/// {title, fields, texts, rows, history_fields, history, notes}. A row is a list in the order of `fields`; of those named "#...", the value is a place in
/// `texts`. `history` has a point for each record with a score or a p50, also those that a later record of its cell has replaced.
nlohmann::ordered_json siteJson(std::span<const ReportRow> rows, std::span<const Ranking> rankings,
                                std::span<const SourcedRecord> records, const std::string &title);

} // namespace clew

// Rows as JSON: what `clew report --json` prints and what the page embeds.
#pragma once

#include "suites/report/ReportRow.h"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>

namespace clew {

/// {warnings, common_flags, rows: [{model, task, ..., metrics, latency_ms {text, model}, ..., marks, pareto, comparison}]}. An absent percentile is null.
nlohmann::ordered_json reportJson(std::span<const ReportRow> rows);

/// JSON that may stand inside <script>: ASCII alone, and no '<', '>' or '&' outside of escapes, so that no text in it can end the element
/// or begin a comment. Broken UTF-8 becomes U+FFFD.
std::string scriptSafe(const nlohmann::ordered_json &json);

} // namespace clew

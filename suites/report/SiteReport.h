// The site: a folder of files that works from a disk or any static host, and asks no network. index.html holds all rows; predictions lie beside it and
// are read when two programs are compared.
#pragma once

#include "suites/records/Record.h"
#include "suites/report/Ranking.h"

#include <span>
#include <string>

namespace clew {

/// Writes into the folder `out` (made where it is not there): index.html, LEADERBOARD.md, and predictions/<hash>.js for each program whose predictions
/// are beside its record with the recorded sha256: the answers by row, as a call of one function. Errors where the installation lacks the
/// site's parts, or `out` cannot be written.
Result<void> writeSite(const std::string &out, std::span<const ReportRow> rows, std::span<const Ranking> rankings,
                       std::span<const SourcedRecord> records, const std::string &title);

/// The page alone.
Result<std::string> renderSite(std::span<const ReportRow> rows, std::span<const Ranking> rankings,
                               std::span<const SourcedRecord> records, const std::string &title);

} // namespace clew

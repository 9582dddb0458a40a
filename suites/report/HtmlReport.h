// The page: one HTML file that needs nothing else. Its parts (page.html, report.css, the scripts) are files of the installation, read at
// run time; Chart.js is embedded; data stands in it as JSON.
#pragma once

#include "runtime/base/Result.h"
#include "suites/report/ReportRow.h"

#include <span>
#include <string>

namespace clew {

struct PageAssets {
  std::string page; ///< with {{...}} where the other parts go
  std::string style;
  std::string script; ///< ours
  std::string chart;  ///< Chart.js with its licence notice
};

/// From share/clew/report of the installation, or suites/report/assets of the source tree around it (installationHome()). Chart.js: beside
/// them, else /usr/share/javascript/chart.js. NotFound that names the package if there is none; BadInput if it lacks its licence notice.
Result<PageAssets> readPageAssets();

/// The page. Its content security policy admits its own scripts alone, by their sha256, and no network at all.
/// BadInput when the assets do not fit together.
Result<std::string> renderHtml(const PageAssets &assets, std::span<const ReportRow> rows, const std::string &title);

} // namespace clew

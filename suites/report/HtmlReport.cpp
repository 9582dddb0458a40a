// Puts the page together from its parts.
#include "suites/report/HtmlReport.h"

#include "runtime/base/VisibleText.h"
#include "suites/report/PageParts.h"
#include "suites/report/ReportJson.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <filesystem>

namespace clew {
namespace {

namespace fs = std::filesystem;

/// Ours, in the order in which they are put together.
constexpr std::array kScripts = {"format.js", "table.js", "charts.js", "classes.js", "page.js"};
constexpr std::array kChartNames = {"chart.min.js", "chart.umd.min.js", "chart.umd.js", "Chart.min.js", "chart.js"};

Result<std::string> readChart(const fs::path &assets) {
  std::error_code code;
  for (const fs::path &folder : {assets, fs::path("/usr/share/javascript/chart.js")}) {
    for (const char *name : kChartNames) {
      if (!fs::is_regular_file(folder / name, code)) {
        continue;
      }
      Result<std::string> text = readAsset((folder / name).string());
      if (!text) {
        return text;
      }
      // The system's chart.js may be a module, which a page from a file cannot load.
      if (text->find("globalThis") == std::string::npos) {
        continue;
      }
      if (text->substr(0, 400).find("MIT License") == std::string::npos) {
        return fail(ErrorKind::BadInput, "Chart.js without its licence notice", (folder / name).string());
      }
      return text;
    }
  }
  return fail(ErrorKind::NotFound,
              "Chart.js is neither in the installation nor in the system; install the package libjs-chart.js");
}

} // namespace

Result<PageAssets> readPageAssets() {
  const Result<std::string> found = assetFolder();
  if (!found) {
    return fail(found);
  }
  const fs::path folder = *found;
  PageAssets assets;
  for (const auto &[name, text] : {std::pair("page.html", &assets.page), std::pair("report.css", &assets.style)}) {
    Result<std::string> read = readAsset((folder / name).string());
    if (!read) {
      return fail(read);
    }
    *text = std::move(*read);
  }
  for (const char *name : kScripts) {
    const Result<std::string> script = readAsset((folder / name).string());
    if (!script) {
      return fail(script);
    }
    assets.script += *script;
  }
  Result<std::string> chart = readChart(folder);
  if (!chart) {
    return fail(chart);
  }
  assets.chart = std::move(*chart);
  return assets;
}

Result<std::string> renderHtml(const PageAssets &assets, std::span<const ReportRow> rows, const std::string &title) {
  for (const std::string *script : {&assets.chart, &assets.script}) {
    if (script->find("</script") != std::string::npos || script->find("<!--") != std::string::npos) {
      return fail(ErrorKind::BadInput, "a script of the page would end its element");
    }
  }
  std::string sources;
  for (const std::string *script : {&assets.chart, &assets.script}) {
    const Result<std::string> source = policySource(*script);
    if (!source) {
      return fail(source);
    }
    sources += ' ' + *source;
  }
  const Result<std::string> style = policySource(assets.style);
  if (!style) {
    return fail(style);
  }
  const std::string policy =
      fmt::format("default-src 'none'; script-src{}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'",
                  sources, *style);
  return filledPage(assets.page, {{"policy", policy},
                                  {"title", escapedHtml(visibleText(title))},
                                  {"style", assets.style},
                                  {"chart", assets.chart},
                                  {"data", scriptSafe(reportJson(rows))},
                                  {"script", assets.script}});
}

} // namespace clew

// Puts the page together from its parts.
#include "suites/report/HtmlReport.h"

#include "runtime/base/Installation.h"
#include "runtime/base/MappedFile.h"
#include "runtime/base/Sha256.h"
#include "runtime/base/VisibleText.h"
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

Result<std::string> readText(const fs::path &path) {
  const Result<MappedFile> file = MappedFile::open(path.string());
  if (!file) {
    return fail(file);
  }
  return std::string(file->text());
}

Result<fs::path> assetFolder() {
  const Result<std::string> home = installationHome();
  if (!home) {
    return fail(home);
  }
  std::error_code code;
  for (const fs::path &folder : {fs::path(*home) / "report", fs::path(*home) / "suites" / "report" / "assets"}) {
    if (fs::is_regular_file(folder / "page.html", code)) {
      return folder;
    }
  }
  return fail(ErrorKind::NotFound, "the parts of the report's page (report/page.html) are not in the installation",
              *home);
}

Result<std::string> readChart(const fs::path &assets) {
  std::error_code code;
  for (const fs::path &folder : {assets, fs::path("/usr/share/javascript/chart.js")}) {
    for (const char *name : kChartNames) {
      if (!fs::is_regular_file(folder / name, code)) {
        continue;
      }
      Result<std::string> text = readText(folder / name);
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

/// 'sha256-BASE64', as a content security policy names a script.
Result<std::string> policySource(std::string_view text) {
  const Result<std::string> hex = sha256Of(text);
  if (!hex) {
    return fail(hex);
  }
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (const char digit : *hex) {
    bits += fmt::format("{:04b}", digit <= '9' ? digit - '0' : digit - 'a' + 10);
  }
  bits.append((6 - bits.size() % 6) % 6, '0');
  std::string base64;
  for (size_t at = 0; at < bits.size(); at += 6) {
    base64 += kDigits[std::stoul(bits.substr(at, 6), nullptr, 2)];
  }
  base64.append((4 - base64.size() % 4) % 4, '=');
  return "'sha256-" + base64 + "'";
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
  }
  return out;
}

/// Everything up to each {{NAME}} and what stands for it; nothing that is put in is looked at again.
Result<std::string> filled(const std::string &page, const std::vector<std::pair<std::string, std::string>> &parts) {
  std::string out;
  for (size_t at = 0;;) {
    const size_t open = page.find("{{", at);
    if (open == std::string::npos) {
      return out + page.substr(at);
    }
    const size_t close = page.find("}}", open);
    const std::string name = close == std::string::npos ? "" : page.substr(open + 2, close - open - 2);
    const auto part = std::ranges::find(parts, name, &std::pair<std::string, std::string>::first);
    if (part == parts.end()) {
      return fail(ErrorKind::BadInput, fmt::format("page.html asks for an unknown part '{}'", name));
    }
    out += page.substr(at, open - at) + part->second;
    at = close + 2;
  }
}

} // namespace

Result<PageAssets> readPageAssets() {
  const Result<fs::path> folder = assetFolder();
  if (!folder) {
    return fail(folder);
  }
  PageAssets assets;
  for (const auto &[name, text] : {std::pair("page.html", &assets.page), std::pair("report.css", &assets.style)}) {
    Result<std::string> read = readText(*folder / name);
    if (!read) {
      return fail(read);
    }
    *text = std::move(*read);
  }
  for (const char *name : kScripts) {
    const Result<std::string> script = readText(*folder / name);
    if (!script) {
      return fail(script);
    }
    assets.script += *script;
  }
  Result<std::string> chart = readChart(*folder);
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
  return filled(assets.page, {{"policy", policy},
                              {"title", escaped(visibleText(title))},
                              {"style", assets.style},
                              {"chart", assets.chart},
                              {"data", scriptSafe(reportJson(rows))},
                              {"script", assets.script}});
}

} // namespace clew

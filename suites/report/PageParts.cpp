// See PageParts.h.
#include "suites/report/PageParts.h"

#include "runtime/base/Installation.h"
#include "runtime/base/MappedFile.h"
#include "runtime/base/Sha256.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace clew {

namespace fs = std::filesystem;

Result<std::string> readAsset(const std::string &path) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) {
    return fail(file);
  }
  return std::string(file->text());
}

Result<std::string> assetFolder() {
  const Result<std::string> home = installationHome();
  if (!home) {
    return fail(home);
  }
  std::error_code code;
  for (const fs::path &folder : {fs::path(*home) / "report", fs::path(*home) / "suites" / "report" / "assets"}) {
    if (fs::is_regular_file(folder / "page.html", code)) {
      return folder.string();
    }
  }
  return fail(ErrorKind::NotFound, "the parts of the report's page (report/page.html) are not in the installation",
              *home);
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

std::string escapedHtml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
  }
  return out;
}

/// Everything up to each {{NAME}} and what stands for it; nothing that is put in is looked at again.
Result<std::string> filledPage(const std::string &page, const std::vector<std::pair<std::string, std::string>> &parts) {
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
      return fail(ErrorKind::BadInput, fmt::format("the page asks for an unknown part '{}'", name));
    }
    out += page.substr(at, open - at) + part->second;
    at = close + 2;
  }
}

} // namespace clew

// Gathers versions from the build (configured headers) and the CPU from the operating system.
#include "cli/Version.h"

#include "cli/BuildCommit.inc"
#include "cli/BuildLibraries.inc"
#include "cli/RunProgram.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

namespace clew {

VersionInfo versionInfo() {
  VersionInfo info;
  info.version = CLEW_VERSION;
  info.commit = CLEW_COMMIT;
  info.dirty = CLEW_DIRTY;
  info.libraries = {CLEW_LIBRARIES};
  info.cores = usableCores();
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line) && !line.empty();) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos || colon + 2 > line.size()) {
      continue;
    }
    const std::string value = line.substr(colon + 2);
    if (line.starts_with("model name")) {
      info.cpu = value;
    } else if (line.starts_with("flags")) {
      std::istringstream words(value);
      for (std::string word; words >> word;) {
        info.features.push_back(word);
      }
    }
  }
  return info;
}

std::string renderVersion(const VersionInfo &info, bool json) {
  if (json) {
    nlohmann::ordered_json out;
    out["version"] = info.version;
    out["commit"] = info.commit;
    out["dirty"] = info.dirty;
    for (const auto &[name, version] : info.libraries) {
      out["libraries"][name] = version;
    }
    out["cpu"] = {{"name", info.cpu}, {"cores", info.cores}, {"features", info.features}};
    return out.dump(2) + "\n";
  }
  std::string text = fmt::format("clew {} ({}{})\n", info.version, info.commit, info.dirty ? ", changed" : "");
  for (const auto &[name, version] : info.libraries) {
    text += fmt::format("  {:<15} {}\n", name, version);
  }
  text += fmt::format("  {:<15} {}, {} cores\n  {:<15} {}\n", "cpu", info.cpu, info.cores, "features",
                      fmt::join(info.features, " "));
  return text;
}

} // namespace clew

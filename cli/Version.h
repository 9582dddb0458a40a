// What this build is made of and what it runs on: records and bug reports quote it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace clew {

struct VersionInfo {
  std::string version; ///< of Clew, e.g. "0.1.0"
  std::string commit;  ///< 40 hexadecimal digits, or "unknown" when built outside git
  bool dirty = false;  ///< sources differed from the commit
  std::vector<std::pair<std::string, std::string>> libraries; ///< name, version it was built with; the compiler first
  std::string cpu;                                            ///< as the operating system names it
  std::vector<std::string> features;                          ///< of the CPU, as the operating system names them
  int cores = 0;                                              ///< that this process may use
};

VersionInfo versionInfo();

/// For `--version` and `--version --json`.
std::string renderVersion(const VersionInfo &info, bool json);

} // namespace clew

// Looks around the program for the folder that holds its files.
#include "runtime/base/Installation.h"

#include <cstdlib>
#include <filesystem>

namespace clew {

namespace fs = std::filesystem;

static bool holdsZoo(const fs::path &folder) {
  std::error_code code;
  return fs::is_directory(folder / "zoo" / "models", code);
}

Result<std::string> installationHome() {
  if (const char *home = std::getenv("CLEW_HOME"); home && *home) {
    if (!holdsZoo(home)) {
      return fail(ErrorKind::BadInput, "$CLEW_HOME holds no folder zoo/models", home);
    }
    return std::string(home);
  }
  std::error_code code;
  fs::path folder = fs::read_symlink("/proc/self/exe", code).parent_path();
  if (holdsZoo(folder.parent_path() / "share" / "clew")) {
    return (folder.parent_path() / "share" / "clew").string();
  }
  for (int level = 0; level < 6 && !folder.empty(); ++level) {
    if (holdsZoo(folder)) {
      return folder.string();
    }
    folder = folder.parent_path();
  }
  return fail(ErrorKind::NotFound,
              "found no zoo around this program; set CLEW_HOME to the folder that holds zoo/models");
}

Result<std::string> cacheHome() {
  const char *home = std::getenv("HOME");
  if (!home || !*home) {
    return fail(ErrorKind::NotFound, "there is no $HOME for a cache");
  }
  if (*home != '/') {
    return fail(ErrorKind::BadInput, "expected $HOME to be an absolute path", home);
  }
  return (fs::path(home) / ".cache" / "clew").string();
}

} // namespace clew

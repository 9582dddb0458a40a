// See InstalledYaml.h.
#include "yaml/InstalledYaml.h"

#include "runtime/base/Installation.h"
#include "yaml/Suggest.h"

#include <algorithm>
#include <filesystem>
#include <vector>

namespace clew {

namespace fs = std::filesystem;

Result<std::string> installedYaml(const std::string &folder, const std::string &kind, const std::string &name) {
  if (name.ends_with(".yaml") || name.ends_with(".yml")) {
    return name;
  }
  const Result<std::string> home = installationHome();
  if (!home) {
    return fail(home);
  }
  const fs::path where = fs::path(*home) / folder;
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator at(where, code), end; !code && at != end; at.increment(code)) {
    if (at->path().extension() == ".yaml") {
      names.push_back(at->path().stem().string());
    }
  }
  std::ranges::sort(names);
  if (std::ranges::find(names, name) == names.end()) {
    const std::string hint = didYouMean(name, names);
    return fail(ErrorKind::NotFound,
                "unknown " + kind + " '" + name + "'" + (hint.empty() ? ", there is " + quotedList(names) : hint));
  }
  return (where / (name + ".yaml")).string();
}

} // namespace clew

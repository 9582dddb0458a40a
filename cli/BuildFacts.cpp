// From the version to the record.
#include "cli/BuildFacts.h"

#include "cli/Version.h"

namespace clew {

BuildFacts buildFacts() {
  const VersionInfo info = versionInfo();
  BuildFacts facts{info.commit, info.dirty, {{"clew", info.version}}};
  facts.versions.insert(facts.versions.end(), info.libraries.begin(), info.libraries.end());
  return facts;
}

} // namespace clew

// See SignRecord.h.
#include "suites/results/SignRecord.h"

#include "runtime/base/AtomicFile.h"

#include <filesystem>

namespace clew {

Result<bool> signRecord(const SourcedRecord &sourced, const SigningKey &key, int64_t now) {
  namespace fs = std::filesystem;
  if (sourced.record.isOld()) {
    return fail(ErrorKind::BadInput, "records of schemas before are not signed; run the board again", sourced.where);
  }
  if (const std::vector<std::string> faults = sourced.record.faults(now); !faults.empty()) {
    return fail(ErrorKind::BadInput, faults.front(), sourced.where);
  }
  const fs::path folder = fs::path(sourced.folder) / "signatures";
  const fs::path place = folder / (sourced.record.digest() + ".json");
  std::error_code code;
  if (fs::exists(place, code)) {
    return false;
  }
  const Result<std::string> envelope = signedEnvelope(sourced.record, key);
  if (!envelope) {
    return fail(envelope);
  }
  Result<void> done = makeFolder(folder.string());
  if (done) {
    done = writeFileAtomically(place.string(), *envelope);
  }
  return done ? Result<bool>(true) : fail(done);
}

} // namespace clew

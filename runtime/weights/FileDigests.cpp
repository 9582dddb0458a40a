// See FileDigests.h.
#include "runtime/weights/FileDigests.h"

#include "runtime/base/Sha256.h"

#include <chrono>

namespace clew {
namespace {

/// Whether whatever is written to the file from now on gives it another stamp, however coarse the file system's clock is.
bool isSettled(const FileStamp &stamp) {
  using namespace std::chrono;
  const auto now = duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
  constexpr int64_t coarsest = 2'000'000'000;
  return now - stamp.changed > coarsest;
}

} // namespace

FileDigests &FileDigests::shared() {
  static FileDigests digests;
  return digests;
}

Result<std::string> FileDigests::of(const MappedFile &file) {
  {
    const std::lock_guard lock(mutex);
    if (const auto found = known.find(file.stamp()); found != known.end()) {
      return found->second;
    }
    ++count;
  }
  const bool settled = isSettled(file.stamp());
  Result<std::string> digest = sha256Of(file);
  if (digest && settled) {
    const std::lock_guard lock(mutex);
    if (known.size() < mostKept) {
      known.emplace(file.stamp(), *digest);
    }
  }
  return digest;
}

int64_t FileDigests::computed() const {
  const std::lock_guard lock(mutex);
  return count;
}

} // namespace clew

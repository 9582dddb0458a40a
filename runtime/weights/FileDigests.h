// FileDigests: the sha256 of files, computed once a process. A benchmark names its weights by hash when it plans and looks again at each
// configuration that it opens; a large model is a gigabyte.
#pragma once

#include "runtime/base/MappedFile.h"
#include "runtime/base/Result.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace clew {

/// Any number of threads may ask.
class FileDigests {
public:
  /// The process's own.
  static FileDigests &shared();

  /// The file's sha256: known where a file of the same stamp was hashed, else computed. A file that changed in the two seconds before is
  /// computed each time: by its stamp alone it could not be told from what it was a moment ago. Internal as sha256Of.
  Result<std::string> of(const MappedFile &file);

  /// How many were computed.
  int64_t computed() const;

private:
  static constexpr size_t mostKept = 4096;

  mutable std::mutex mutex;
  std::map<FileStamp, std::string> known;
  int64_t count = 0;
};

} // namespace clew

// KeptFile: a file that grows by whole lines and can be cut back to where a run is known to have been. AtomicFile is for files that appear at
// once; this one is too large to be kept back until its end.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace clew {

/// Move-only; one thread at a time.
class KeptFile {
public:
  /// Opens the regular file, made if it is not there, and cuts it to `bytes`. BadInput if it is no regular file or has fewer; Io.
  static Result<KeptFile> open(const std::string &path, int64_t bytes);

  KeptFile(KeptFile &&other) noexcept
      : path(std::move(other.path)), descriptor(std::exchange(other.descriptor, -1)), size(other.size) {}
  KeptFile &operator=(KeptFile &&) = delete;
  ~KeptFile();

  Result<void> append(std::string_view text);
  /// What was appended is on disk when this returns.
  Result<void> sync();
  int64_t bytes() const { return size; }

private:
  KeptFile(std::string path, int descriptor, int64_t size)
      : path(std::move(path)), descriptor(descriptor), size(size) {}

  std::string path;
  int descriptor;
  int64_t size;
};

} // namespace clew

// See KeptFile.h.
#include "training/KeptFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace clew {

static Failure cannot(const char *action, const std::string &path) {
  return fail(ErrorKind::Io, fmt::format("cannot {}: {}", action, std::strerror(errno)), path);
}

Result<KeptFile> KeptFile::open(const std::string &path, int64_t bytes) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
  if (descriptor < 0) {
    return cannot("open", path);
  }
  KeptFile file(path, descriptor, bytes);
  struct stat status = {};
  if (fstat(descriptor, &status) != 0) {
    return cannot("open", path);
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorKind::BadInput, "expected a regular file, which can be cut back when a run goes on", path);
  }
  if (status.st_size < bytes) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected at least the {} bytes that were written, found {}", bytes,
                            static_cast<int64_t>(status.st_size)),
                path);
  }
  if (ftruncate(descriptor, bytes) != 0) {
    return cannot("cut back", path);
  }
  if (lseek(descriptor, bytes, SEEK_SET) != bytes) {
    return cannot("seek", path);
  }
  return file;
}

KeptFile::~KeptFile() {
  if (descriptor >= 0) {
    close(descriptor);
  }
}

Result<void> KeptFile::append(std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(descriptor, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote < 0) {
      return cannot("write", path);
    }
    size += wrote;
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  return {};
}

Result<void> KeptFile::sync() { return fsync(descriptor) == 0 ? Result<void>() : cannot("write", path); }

} // namespace clew

// Opening is the delicate part: never block on a pipe, never leave a folder that was named, never map what is no file.
#include "runtime/base/MappedFile.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace clew {
namespace {

constexpr int readFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

Failure openError(int code, const std::string &path) {
  bool absent = code == ENOENT || code == ENOTDIR;
  return fail(absent ? ErrorKind::NotFound : ErrorKind::Io, fmt::format("cannot open: {}", std::strerror(code)), path);
}

/// Opens beneath a folder. Kernels (or sandboxes) without openat2 get a stricter rule: one plain name, no links at all.
int openBeneath(int folder, const std::string &name) {
  open_how how = {};
  how.flags = readFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  long descriptor = syscall(SYS_openat2, folder, name.c_str(), &how, sizeof(how));
  if (descriptor >= 0 || (errno != ENOSYS && errno != EPERM)) {
    return static_cast<int>(descriptor);
  }
  if (name.find('/') != std::string::npos || name == "..") {
    errno = EXDEV;
    return -1;
  }
  return openat(folder, name.c_str(), readFlags | O_NOFOLLOW);
}

} // namespace

MappedFile::~MappedFile() {
  if (!view.empty()) {
    munmap(const_cast<std::byte *>(view.data()), view.size());
  }
}

Result<MappedFile> MappedFile::open(const std::string &path) {
  int descriptor = ::open(path.c_str(), readFlags);
  if (descriptor < 0) {
    return openError(errno, path);
  }
  return map(descriptor, path);
}

Result<MappedFile> MappedFile::openInside(const std::string &folder, const std::string &name) {
  int directory = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) {
    return openError(errno, folder);
  }
  int descriptor = openBeneath(directory, name);
  int code = errno;
  close(directory);
  std::string path = folder + "/" + name;
  if (descriptor < 0 && (code == EXDEV || code == ELOOP)) {
    return fail(ErrorKind::BadInput,
                "expected a file inside its folder, found a name or a symbolic link that leads out of it", path);
  }
  if (descriptor < 0) {
    return openError(code, path);
  }
  return map(descriptor, path);
}

Result<MappedFile> MappedFile::map(int descriptor, std::string path) {
  struct stat status = {};
  bool regular = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  if (!regular) {
    close(descriptor);
    return fail(ErrorKind::BadInput, "expected a regular file", path);
  }
  auto size = static_cast<size_t>(status.st_size);
  MappedFile file;
  if (size > 0) {
    void *address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (address == MAP_FAILED) {
      int code = errno;
      close(descriptor);
      return fail(ErrorKind::Io, fmt::format("cannot map {} bytes: {}", size, std::strerror(code)), path);
    }
    file.view = {static_cast<const std::byte *>(address), size};
  }
  close(descriptor);
  file.path = std::move(path);
  return file;
}

void MappedFile::release(size_t offset, size_t length) const {
  if (offset >= view.size()) {
    return;
  }
  auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  size_t end = offset + std::min(length, view.size() - offset);
  size_t first = (offset + page - 1) / page * page;
  // The last page of the file has nothing else behind its end.
  size_t last = end == view.size() ? end : end / page * page;
  if (first < last) {
    madvise(const_cast<std::byte *>(view.data()) + first, last - first, MADV_DONTNEED);
  }
}

} // namespace clew

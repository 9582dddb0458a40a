// Opening is the delicate part: never block on a pipe, never leave a folder that was named, never map what is no file.
#include "runtime/base/MappedFile.h"

#include "runtime/base/Rounding.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <optional>
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

/// For kernels (or sandboxes) without openat2: where everything leads is looked up first and opened then. Unlike the
/// kernel's own way, this trusts that nobody exchanges parts of the folder in between.
int openResolved(const std::string &folder, const std::string &name) {
  std::error_code code;
  const std::filesystem::path root = std::filesystem::canonical(folder, code);
  const std::filesystem::path file = code ? root : std::filesystem::canonical(root / name, code);
  if (code) {
    errno = code.value();
    return -1;
  }
  if (std::filesystem::path(name).is_absolute() || std::ranges::mismatch(root, file).in1 != root.end()) {
    errno = EXDEV;
    return -1;
  }
  return ::open(file.c_str(), readFlags | O_NOFOLLOW);
}

/// Opens beneath a folder, following links as long as they stay in it.
int openBeneath(const std::string &folder, const std::string &name) {
  const int directory = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) {
    return -1;
  }
  open_how how = {};
  how.flags = readFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const long descriptor = syscall(SYS_openat2, directory, name.c_str(), &how, sizeof(how));
  const int error = errno;
  close(directory);
  if (descriptor < 0 && (error == ENOSYS || error == EPERM)) {
    return openResolved(folder, name);
  }
  errno = error;
  return static_cast<int>(descriptor);
}

FileStamp stampOf(const struct stat &status) {
  const auto nanoseconds = [](const timespec &time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; };
  return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

std::string_view kindOf(mode_t mode) {
  return S_ISDIR(mode) ? "a folder" : S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" : "a device";
}

/// A clone without `git lfs` holds small texts in the place of large files. Returns the bytes that such a text promises
/// ("?" when it does not say), or nothing for any other file.
std::optional<std::string> lfsPointerSize(std::string_view text) {
  constexpr size_t longestPointer = 1024; // "less than 1024 bytes", says the specification
  if (text.size() > longestPointer || !text.starts_with("version https://git-lfs.github.com/spec/")) {
    return std::nullopt;
  }
  constexpr std::string_view key = "\nsize ";
  const size_t at = text.find(key);
  const std::string_view size = at == text.npos ? "" : text.substr(at + key.size());
  const size_t digits = std::min(size.find_first_not_of("0123456789"), size.size());
  return digits > 0 ? std::string(size.substr(0, digits)) : "?";
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
  if (name.find('\0') != std::string::npos) { // the system would take what stands before it for the name
    return fail(ErrorKind::BadInput, "expected the name of a file, found one with a zero byte", folder + "/" + name);
  }
  const int descriptor = openBeneath(folder, name);
  const int code = errno;
  std::string path = folder + "/" + name;
  if (descriptor < 0 && code == EXDEV) {
    return fail(ErrorKind::BadInput,
                "expected a file inside its folder, found a name or a symbolic link that leads out of it", path);
  }
  if (descriptor < 0 && code == ELOOP) {
    return fail(ErrorKind::BadInput, "expected a file, found symbolic links that lead in a circle", path);
  }
  if (descriptor < 0) {
    return openError(code, path);
  }
  return map(descriptor, path);
}

Result<MappedFile> MappedFile::map(int descriptor, std::string path) {
  struct stat status = {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(descriptor);
    return fail(ErrorKind::BadInput, fmt::format("expected a regular file, found {}", kindOf(status.st_mode)), path);
  }
  auto size = static_cast<size_t>(status.st_size);
  MappedFile file;
  file.opened = stampOf(status);
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
  if (const auto promised = lfsPointerSize(file.text())) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected the file itself, found a Git LFS pointer to its {} bytes; fetch it with "
                            "'git lfs pull'",
                            *promised),
                file.path);
  }
  return file;
}

void MappedFile::release(size_t offset, size_t length) const {
  if (offset >= view.size()) {
    return;
  }
  auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  size_t end = offset + std::min(length, view.size() - offset);
  size_t first = roundUp(offset, page);
  // The last page of the file has nothing else behind its end.
  size_t last = end == view.size() ? end : end / page * page;
  if (first < last) {
    madvise(const_cast<std::byte *>(view.data()) + first, last - first, MADV_DONTNEED);
  }
}

} // namespace clew

// The usual dance: exclusive temporary in the same folder, write, fsync, rename, fsync of the folder.
#include "runtime/base/AtomicFile.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <random>
#include <unistd.h>
#include <utility>

namespace clew {
namespace {

/// The kernel takes at most about 2 GiB a call.
constexpr size_t largestWrite = size_t{1} << 30;

std::string folderOf(const std::string &path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

} // namespace

AtomicFile::AtomicFile(int descriptor, std::string path, std::string temporary)
    : descriptor(descriptor), path(std::move(path)), temporary(std::move(temporary)) {}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : descriptor(std::exchange(other.descriptor, -1)), path(std::move(other.path)),
      temporary(std::exchange(other.temporary, {})) {}

AtomicFile::~AtomicFile() {
  if (descriptor >= 0) {
    close(descriptor);
  }
  if (!temporary.empty()) {
    unlink(temporary.c_str());
  }
}

Failure AtomicFile::ioError(const char *action) const {
  return fail(ErrorKind::Io, fmt::format("cannot {}: {}", action, std::strerror(errno)), path);
}

Result<AtomicFile> AtomicFile::create(const std::string &path, unsigned mode) {
  std::error_code ignored;
  if (path.empty() || std::filesystem::is_directory(path, ignored)) {
    return fail(ErrorKind::BadInput, "expected the name of a file to write, found a folder", path);
  }
  std::random_device random;
  for (int attempt = 0; attempt < 16; ++attempt) {
    std::string temporary =
        fmt::format("{}/.{}.{:08x}{:08x}.tmp", folderOf(path),
                    std::filesystem::path(path).filename().string().substr(0, 200), random(), random());
    int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (descriptor >= 0) {
      return AtomicFile(descriptor, path, temporary);
    }
    if (errno != EEXIST) {
      break;
    }
  }
  return fail(ErrorKind::Io, fmt::format("cannot create a file in '{}': {}", folderOf(path), std::strerror(errno)),
              path);
}

Result<void> AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(descriptor, bytes.data(), std::min(bytes.size(), largestWrite));
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return ioError("write");
    }
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return {};
}

Result<void> AtomicFile::commit() {
  if (fsync(descriptor) != 0) {
    return ioError("write to disk");
  }
  int closed = close(std::exchange(descriptor, -1));
  if (closed != 0) {
    return ioError("close");
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return ioError("rename the finished file");
  }
  temporary.clear();
  int folder = open(folderOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    fsync(folder); // makes the rename last; where a file system declines, the file is whole all the same
    close(folder);
  }
  return {};
}

Result<void> makeFolder(const std::string &path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) {
    return fail(ErrorKind::Io, "cannot make the folder: " + code.message(), path);
  }
  return {};
}

Result<void> writeFileAtomically(const std::string &path, std::string_view text) {
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file) {
    return fail(file);
  }
  if (Result<void> written = file->write(text); !written) {
    return written;
  }
  return file->commit();
}

} // namespace clew

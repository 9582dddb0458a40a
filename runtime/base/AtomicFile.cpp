// For regular files the usual dance: exclusive temporary in the same folder, write, fsync, rename, fsync of the folder.
#include "runtime/base/AtomicFile.h"

#include "runtime/base/OutputPlace.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <random>
#include <sys/stat.h>
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

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : path(std::move(other.path)), descriptor(std::exchange(other.descriptor, -1)), target(std::move(other.target)),
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
  Result<OutputPlace> place = outputPlace(path);
  if (!place) {
    return fail(place);
  }
  AtomicFile file(path);
  if (!place->file.empty()) {
    file.target = std::move(place->file);
    const Result<void> opened = file.openBeside(mode);
    return opened ? Result<AtomicFile>(std::move(file)) : fail(opened);
  }
  file.descriptor = place->descriptor >= 0 ? fcntl(place->descriptor, F_DUPFD_CLOEXEC, 3)
                                           : open(place->stream.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (file.descriptor < 0) {
    return file.ioError("write");
  }
  return file;
}

/// Opens a temporary file that is going to replace `target`, with the mode and owner that the file shall have.
Result<void> AtomicFile::openBeside(unsigned mode) {
  struct stat old = {};
  const bool replaces = stat(target.c_str(), &old) == 0;
  const std::string name = std::filesystem::path(target).filename().string().substr(0, 200);
  std::random_device random;
  for (int attempt = 0; attempt < 16 && descriptor < 0; ++attempt) {
    temporary = fmt::format("{}/.{}.{:08x}{:08x}.tmp", folderOf(target), name, random(), random());
    descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, replaces ? 0600 : mode);
    if (descriptor < 0 && errno != EEXIST) {
      break;
    }
  }
  if (descriptor < 0) {
    temporary.clear(); // not ours
    return fail(ErrorKind::Io, fmt::format("cannot create a file in '{}': {}", folderOf(target), std::strerror(errno)),
                path);
  }
  if (replaces) {
    // The owner first: changing it takes some bits of the mode away. Only root may give files away; to a group one's own may be given.
    [[maybe_unused]] const bool given =
        fchown(descriptor, old.st_uid, old.st_gid) == 0 || fchown(descriptor, static_cast<uid_t>(-1), old.st_gid) == 0;
    if (fchmod(descriptor, old.st_mode & 0777) != 0) {
      return ioError("set the mode");
    }
  }
  return {};
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
  if (!temporary.empty() && fsync(descriptor) != 0) {
    return ioError("write to disk");
  }
  int closed = close(std::exchange(descriptor, -1));
  if (closed != 0) {
    return ioError("close");
  }
  if (temporary.empty()) {
    return {};
  }
  if (std::rename(temporary.c_str(), target.c_str()) != 0) {
    return ioError("rename the finished file");
  }
  temporary.clear();
  int folder = open(folderOf(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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

// Links are followed by hand, because the last name must be known to make a temporary file beside it; the kernel is asked first whether it
// would follow them at all (links of others in shared folders it does not).
#include "runtime/base/OutputPlace.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <linux/magic.h>
#include <memory>
#include <optional>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace clew {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40; // as the kernel

Failure cannot(const char *action, int code, const std::string &path) {
  return fail(ErrorKind::Io, fmt::format("cannot {}: {}", action, std::strerror(code)), path);
}

std::string folderOf(const std::string &path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

bool isInProc(const std::string &path) {
  struct statfs status = {};
  return statfs(folderOf(path).c_str(), &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

/// N of a name in our own /proc/self/fd. Its links lead to names that may mean nothing ("pipe:[7]") or other files by now.
std::optional<int> ownDescriptor(const std::string &path) {
  const std::string name = fs::path(path).filename().string();
  if (name.empty() || name.size() > 9 || name.find_first_not_of("0123456789") != std::string::npos || !isInProc(path)) {
    return std::nullopt;
  }
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(folderOf(path).c_str(), nullptr), std::free);
  const std::string folder = real ? real.get() : "";
  const std::string process = fmt::format("/proc/{}/", getpid());
  const bool ours = folder == process + "fd" || (folder.starts_with(process + "task/") && folder.ends_with("/fd"));
  return ours ? std::optional(std::stoi(name)) : std::nullopt;
}

const char *nameOf(mode_t mode) {
  return S_ISDIR(mode) ? "a folder" : S_ISBLK(mode) ? "a block device" : S_ISSOCK(mode) ? "a socket" : "something else";
}

/// A regular file that is to be replaced or made.
Result<OutputPlace> placeOfFile(const std::string &at, const std::string &path) {
  const std::string folder = folderOf(at);
  if (faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    return fail(ErrorKind::Io, fmt::format("cannot create a file in '{}': {}", folder, std::strerror(errno)), path);
  }
  return OutputPlace{at, "", -1};
}

/// What is there under its own name, links being done with.
Result<OutputPlace> placeOf(const std::string &at, mode_t mode, const std::string &path) {
  if (!S_ISREG(mode) && !S_ISFIFO(mode) && !S_ISCHR(mode)) {
    return fail(ErrorKind::BadInput, fmt::format("expected the name of a file to write, found {}", nameOf(mode)), path);
  }
  if (faccessat(AT_FDCWD, at.c_str(), W_OK, AT_EACCESS) != 0) {
    return cannot("write", errno, path);
  }
  return S_ISREG(mode) ? placeOfFile(at, path) : OutputPlace{"", at, -1};
}

Result<OutputPlace> placeOfDescriptor(int descriptor, const std::string &path) {
  struct stat status = {};
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fstat(descriptor, &status) != 0) {
    return cannot("write", errno, path);
  }
  if ((flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH) != 0) {
    return cannot("write", EBADF, path);
  }
  if (S_ISBLK(status.st_mode)) {
    return fail(ErrorKind::BadInput, "expected the name of a file to write, found a block device", path);
  }
  return OutputPlace{"", "", descriptor};
}

Result<std::string> readLink(const std::string &at, const std::string &path) {
  std::error_code code;
  const fs::path target = fs::read_symlink(at, code);
  if (code) {
    return cannot("follow the link", code.value(), path);
  }
  return target.is_absolute() ? target.string() : (fs::path(folderOf(at)) / target).string();
}

/// Absolute and without links, whether or not a file is there; empty if the way to it cannot be followed.
fs::path canonical(const std::string &path) {
  std::error_code error;
  const fs::path whole = fs::absolute(path, error);
  return error ? fs::path() : fs::weakly_canonical(whole, error);
}

} // namespace

Result<OutputPlace> outputPlace(const std::string &path) {
  if (path.empty()) {
    return fail(ErrorKind::BadInput, "expected the name of a file to write, found an empty one");
  }
  struct stat status = {};
  std::string at = path;
  for (int links = 0; links <= kMostLinks; ++links) {
    if (const std::optional<int> descriptor = ownDescriptor(at)) {
      return placeOfDescriptor(*descriptor, path);
    }
    if (stat(at.c_str(), &status) != 0 && errno != ENOENT) {
      return cannot("write", errno, path);
    }
    if (lstat(at.c_str(), &status) != 0) {
      return errno == ENOENT ? placeOfFile(at, path) : cannot("write", errno, path);
    }
    if (!S_ISLNK(status.st_mode)) {
      return placeOf(at, status.st_mode, path);
    }
    if (isInProc(at)) {
      return fail(ErrorKind::BadInput, "expected the name of a file to write, found what another process has open",
                  path);
    }
    Result<std::string> next = readLink(at, path);
    if (!next) {
      return fail(next);
    }
    at = std::move(*next);
  }
  return cannot("write", ELOOP, path);
}

Result<void> refuseReplacing(const std::string &path, const std::string &other, std::string_view what) {
  const Result<OutputPlace> place = outputPlace(path);
  if (!place || place->file.empty() || other.empty()) {
    return {};
  }
  const Result<OutputPlace> second = outputPlace(other); // follows links whose target is not there yet
  const fs::path mine = canonical(place->file);
  if (mine.empty() || mine != canonical(second && !second->file.empty() ? second->file : other)) {
    return {};
  }
  return fail(ErrorKind::BadInput, fmt::format("expected another file than {}, which this would replace", what), path);
}

bool isStandardOutput(const std::string &path) {
  const Result<OutputPlace> place = outputPlace(path);
  struct stat there = {};
  struct stat out = {};
  if (!place || !place->file.empty() || fstat(STDOUT_FILENO, &out) != 0) {
    return false;
  }
  const int looked = place->descriptor >= 0 ? fstat(place->descriptor, &there) : stat(place->stream.c_str(), &there);
  return looked == 0 && there.st_dev == out.st_dev && there.st_ino == out.st_ino;
}

} // namespace clew

// Plain descriptors: locks, truncation and syncing are theirs.
#include "cli/ResumableLines.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace clew {
namespace {

namespace fs = std::filesystem;

/// Closed with its scope; a lock on it ends with it.
class Descriptor {
public:
  explicit Descriptor(int number = -1) : number(number) {}
  Descriptor(Descriptor &&other) noexcept : number(std::exchange(other.number, -1)) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(number, other.number);
    return *this;
  }
  ~Descriptor() {
    if (number >= 0) {
      close(number);
    }
  }
  int get() const { return number; }

private:
  int number;
};

Failure ioError(const char *action, const std::string &path) {
  return fail(ErrorKind::Io, std::string("cannot ") + action + ": " + std::strerror(errno), path);
}

/// Opens, or makes, a regular file; never one that a link names.
Result<Descriptor> openRegular(const std::string &path) {
  Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666));
  struct stat status = {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) {
    return ioError("open", path);
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorKind::BadInput, "expected a regular file", path);
  }
  return file;
}

/// Until it is written, or the error.
bool writeAll(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      return false;
    }
    text.remove_prefix(written > 0 ? static_cast<size_t>(written) : 0);
  }
  return true;
}

Result<std::string> readSmall(int file, const std::string &path) {
  std::string text(size_t{1} << 16, '\0');
  const ssize_t count = pread(file, text.data(), text.size(), 0);
  if (count < 0) {
    return ioError("read", path);
  }
  text.resize(static_cast<size_t>(count));
  return text;
}

struct WholeLines {
  int64_t count = 0;
  off_t end = 0; ///< one past the last whole line
};

/// Lines up to the first that is torn or holds a byte that no line has: blocks that never reached the disk read as zeros.
Result<WholeLines> countLines(int file, const std::string &path) {
  WholeLines found;
  std::vector<char> piece(size_t{1} << 20);
  off_t at = 0;
  while (true) {
    const ssize_t count = pread(file, piece.data(), piece.size(), at);
    if (count < 0) {
      return ioError("read", path);
    }
    for (ssize_t i = 0; i < count; ++i) {
      const char c = piece[static_cast<size_t>(i)];
      if (c == '\0') {
        return found;
      }
      if (c == '\n') {
        ++found.count;
        found.end = at + i + 1;
      }
    }
    if (count == 0) {
      return found;
    }
    at += count;
  }
}

bool isThere(const std::string &path) {
  struct stat status = {};
  return lstat(path.c_str(), &status) == 0;
}

/// So that a name outlives a lost machine.
void syncFolderOf(const std::string &path) {
  const std::string folder = fs::path(path).parent_path().string();
  const Descriptor opened(open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() >= 0) {
    fsync(opened.get());
  }
}

} // namespace

struct ResumableLines::Impl {
  std::string path;
  std::string part;
  Descriptor from; ///< holds the lock
  Descriptor lines;
  int64_t count = 0;
  bool complete = false;
};

ResumableLines::ResumableLines(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
ResumableLines::ResumableLines(ResumableLines &&) noexcept = default;
ResumableLines::~ResumableLines() = default;

bool ResumableLines::isComplete() const { return impl->complete; }
int64_t ResumableLines::lines() const { return impl->count; }

/// The identity that stands there, or ours where none does.
static Result<void> agree(int file, const std::string &identity, const std::string &path, bool begun) {
  const Result<std::string> was = readSmall(file, path);
  if (!was) {
    return fail(was);
  }
  if (*was == identity + "\n") {
    return {};
  }
  if (begun && was->empty()) {
    return fail(ErrorKind::BadInput,
                "expected a file that such a run began, found another; remove it, or take another name",
                path.substr(0, path.rfind(".from")));
  }
  if (begun) {
    return fail(ErrorKind::BadInput,
                "it was begun with other inputs: expected " + identity + ", found " + was->substr(0, was->find('\n')) +
                    "; remove it, or take another name",
                path);
  }
  if (ftruncate(file, 0) != 0 || lseek(file, 0, SEEK_SET) != 0 || !writeAll(file, identity + "\n") ||
      fsync(file) != 0) {
    return ioError("write", path);
  }
  syncFolderOf(path);
  return {};
}

Result<ResumableLines> ResumableLines::open(const std::string &path, const std::string &identity) {
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->part = path + ".part";
  const std::string fromPath = path + ".from";
  Result<Descriptor> from = openRegular(fromPath);
  if (!from) {
    return fail(from);
  }
  impl->from = std::move(*from);
  while (flock(impl->from.get(), LOCK_EX) != 0) {
    if (errno != EINTR) {
      return ioError("lock", fromPath);
    }
  }
  impl->complete = isThere(path);
  if (Result<void> same = agree(impl->from.get(), identity, fromPath, impl->complete || isThere(impl->part)); !same) {
    return fail(same);
  }
  Result<Descriptor> lines = openRegular(impl->complete ? path : impl->part);
  const Result<WholeLines> whole = lines ? countLines(lines->get(), impl->part) : fail(lines);
  if (!whole) {
    return fail(whole);
  }
  impl->lines = std::move(*lines);
  impl->count = whole->count;
  if (!impl->complete &&
      (ftruncate(impl->lines.get(), whole->end) != 0 || lseek(impl->lines.get(), whole->end, SEEK_SET) < 0)) {
    return ioError("write", impl->part);
  }
  return ResumableLines(std::move(impl));
}

Result<void> ResumableLines::append(std::string_view text) {
  if (!writeAll(impl->lines.get(), text) || fdatasync(impl->lines.get()) != 0) {
    return ioError("write", impl->part);
  }
  return {};
}

Result<void> ResumableLines::finish() {
  if (fsync(impl->lines.get()) != 0 || rename(impl->part.c_str(), impl->path.c_str()) != 0) {
    return ioError("write", impl->path);
  }
  syncFolderOf(impl->path);
  impl->complete = true;
  return {};
}

} // namespace clew

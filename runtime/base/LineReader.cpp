// Plain reads of one piece at a time; a line grows by pieces until its newline comes or its bound is passed.
#include "runtime/base/LineReader.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <limits>
#include <sys/stat.h>
#include <unistd.h>

namespace clew {

static constexpr size_t pieceBytes = size_t{1} << 16;

void LineReader::Close::operator()(int *descriptor) const {
  if (*descriptor > STDERR_FILENO) {
    close(*descriptor);
  }
  delete descriptor;
}

static Failure cannot(const char *action, const std::string &file) {
  const bool absent = errno == ENOENT || errno == ENOTDIR;
  return fail(absent ? ErrorKind::NotFound : ErrorKind::Io, fmt::format("cannot {}: {}", action, std::strerror(errno)),
              file);
}

Result<LineReader> LineReader::open(const std::string &path) {
  LineReader reader;
  reader.file = path == "-" ? "stdin" : path;
  if (path == "-") {
    reader.descriptor.reset(new int(STDIN_FILENO));
    return reader;
  }
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    return cannot("open", path);
  }
  reader.regular = S_ISREG(status.st_mode);
  if (!reader.regular && !S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected a file or a pipe, found {}", S_ISDIR(status.st_mode) ? "a folder" : "a device"),
                path);
  }
  const int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (opened < 0) {
    return cannot("open", path);
  }
  reader.descriptor.reset(new int(opened));
  if (S_ISCHR(status.st_mode) && isatty(opened) == 0) {
    return fail(ErrorKind::BadInput, "expected a file or a pipe, found a device", path);
  }
  return reader;
}

/// Reads a piece behind what is not given yet. False at the end.
Result<bool> LineReader::fill() {
  piece.erase(0, at);
  at = 0;
  const size_t kept = piece.size();
  piece.resize(kept + pieceBytes);
  ssize_t got = 0;
  do {
    got = read(*descriptor, piece.data() + kept, pieceBytes);
  } while (got < 0 && errno == EINTR);
  piece.resize(kept + static_cast<size_t>(got < 0 ? 0 : got));
  if (got < 0) {
    return fail(ErrorKind::Io, fmt::format("cannot read: {}", std::strerror(errno)), file);
  }
  return got > 0;
}

Result<bool> LineReader::next(std::string &line) {
  line.clear();
  for (;;) {
    const size_t end = piece.find('\n', at);
    const size_t stop = end == std::string::npos ? piece.size() : end;
    line.append(piece, at, stop - at);
    at = end == std::string::npos ? stop : stop + 1;
    if (line.size() > longestLine) {
      return fail(ErrorKind::BadInput, "a line of more than 16 MiB", fmt::format("{}:{}", file, count + 1));
    }
    if (end != std::string::npos) {
      count += count < std::numeric_limits<int>::max() ? 1 : 0;
      return true;
    }
    const Result<bool> more = fill();
    if (!more) {
      return fail(more);
    }
    if (!*more) {
      count += line.empty() ? 0 : 1;
      return !line.empty();
    }
  }
}

} // namespace clew

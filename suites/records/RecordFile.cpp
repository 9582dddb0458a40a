// Files of records: append-only JSON lines that many processes may write at once and any of them may die over.
#include "suites/records/Record.h"

#include "runtime/base/MappedFile.h"
#include "runtime/base/OutputPlace.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <sys/file.h>
#include <unistd.h>

namespace clew {
namespace {

/// A file's complete lines; what follows the last newline is torn.
struct Lines {
  std::vector<std::string_view> complete;
  bool torn = false;
};

Lines linesOf(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      lines.torn = true;
      break;
    }
    lines.complete.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string folderOf(const std::string &path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string_view textOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

nlohmann::ordered_json parse(std::string_view line) {
  return nlohmann::ordered_json::parse(line.begin(), line.end(), nullptr, false);
}

/// A record that the schema allows, or all that is wrong with the line.
std::vector<std::string> readLine(std::string_view line, Record &record) {
  record.json = parse(line);
  if (record.json.is_discarded() || !record.json.is_object()) {
    return {"expected a record as one JSON object a line"};
  }
  return record.violations();
}

/// An open file with an exclusive lock on it, both let go at the end.
class LockedFile {
public:
  explicit LockedFile(const std::string &path) : descriptor(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    while (descriptor >= 0 && flock(descriptor, LOCK_EX) != 0) {
      if (errno != EINTR) {
        close(descriptor);
        descriptor = -1;
      }
    }
  }
  ~LockedFile() {
    if (descriptor >= 0) {
      close(descriptor);
    }
  }
  LockedFile(const LockedFile &) = delete;
  LockedFile &operator=(const LockedFile &) = delete;

  int get() const { return descriptor; }

private:
  int descriptor;
};

Result<std::string> readAll(int descriptor, const std::string &path) {
  std::string text;
  char block[1 << 16];
  for (off_t at = 0;;) {
    const ssize_t count = pread(descriptor, block, sizeof block, at);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return fail(ErrorKind::Io, fmt::format("cannot read: {}", std::strerror(errno)), path);
    }
    if (count == 0) {
      return text;
    }
    text.append(block, static_cast<size_t>(count));
    at += count;
  }
}

bool holds(const std::string &text, const std::string &id) {
  for (const std::string_view line : linesOf(text).complete) {
    // Cheap first: most lines do not hold the id at all.
    if (line.find(id) != std::string_view::npos && Record{parse(line)}.id() == id) {
      return true;
    }
  }
  return false;
}

} // namespace

Result<RecordLines> readAllRecords(const std::string &path) {
  const Result<MappedFile> mapped = MappedFile::open(path);
  if (!mapped) {
    return fail(mapped);
  }
  RecordLines result;
  std::map<std::string_view, size_t> seen;
  const Lines lines = linesOf(textOf(mapped->bytes()));
  constexpr size_t mostErrors = 100;
  for (size_t i = 0; i < lines.complete.size() && result.errors.size() < mostErrors; ++i) {
    SourcedRecord sourced{{}, folderOf(path), fmt::format("{}:{}", path, i + 1)};
    const std::vector<std::string> wrong = readLine(lines.complete[i], sourced.record);
    for (const std::string &violation : wrong) {
      result.errors.push_back({ErrorKind::BadInput, violation, sourced.where});
    }
    // The same cell may be measured again; the same line twice is a slip.
    if (const auto [at, isNew] = seen.emplace(lines.complete[i], i + 1); !isNew) {
      result.errors.push_back(
          {ErrorKind::BadInput, fmt::format("this line stands in line {} already", at->second), sourced.where});
    } else if (wrong.empty()) {
      result.records.push_back(std::move(sourced));
    }
  }
  if (lines.torn) {
    result.errors.push_back({ErrorKind::BadInput, "expected a newline at the end: the last record is torn",
                             fmt::format("{}:{}", path, lines.complete.size() + 1)});
  }
  return result;
}

Result<RecordFile> readRecords(const std::string &path) {
  const size_t hash = path.rfind('#');
  const std::string file = path.substr(0, hash);
  const std::string wanted = hash == std::string::npos ? "" : path.substr(hash + 1);
  const Result<MappedFile> mapped = MappedFile::open(file);
  if (!mapped) {
    return fail(mapped);
  }
  const Lines lines = linesOf(textOf(mapped->bytes()));
  RecordFile result;
  result.torn = lines.torn;
  for (size_t i = 0; i < lines.complete.size(); ++i) {
    SourcedRecord sourced{{}, folderOf(file), fmt::format("{}:{}", file, i + 1)};
    const std::vector<std::string> wrong = readLine(lines.complete[i], sourced.record);
    if (!wrong.empty()) {
      const std::string more = wrong.size() > 1 ? fmt::format(" (and {} more)", wrong.size() - 1) : "";
      return fail(ErrorKind::BadInput, wrong.front() + more, sourced.where);
    }
    if (wanted.empty() || sourced.record.id() == wanted) {
      result.records.push_back(std::move(sourced));
    }
  }
  if (hash != std::string::npos && result.records.empty()) {
    return fail(ErrorKind::NotFound, fmt::format("holds no record with the id '{}'", wanted), file);
  }
  return result;
}

Result<std::vector<SourcedRecord>> recordsSoFar(const std::string &path) {
  Result<RecordFile> file = readRecords(path);
  if (!file && file.error().kind != ErrorKind::NotFound) {
    return fail(file);
  }
  return file ? std::move(file->records) : std::vector<SourcedRecord>();
}

Result<void> appendRecord(const std::string &path, const Record &record) {
  if (const std::vector<std::string> violations = record.violations(); !violations.empty()) {
    return fail(ErrorKind::Internal, fmt::format("made a wrong record: {}", fmt::join(violations, "; ")), path);
  }
  const Result<OutputPlace> place = outputPlace(path);
  if (!place) {
    return fail(place);
  }
  if (place->file.empty()) {
    return fail(ErrorKind::BadInput, "records are kept in a regular file, found a device or a pipe", path);
  }
  const LockedFile file(place->file);
  const auto failed = [&](const char *action) {
    return fail(ErrorKind::Io, fmt::format("cannot {}: {}", action, std::strerror(errno)), path);
  };
  if (file.get() < 0) {
    return failed("open and lock");
  }
  const Result<std::string> text = readAll(file.get(), path);
  if (!text) {
    return fail(text);
  }
  if (holds(*text, record.id())) {
    return {};
  }
  const size_t newline = text->rfind('\n');
  const off_t end = newline == std::string::npos ? 0 : static_cast<off_t>(newline + 1);
  if (static_cast<size_t>(end) != text->size() && ftruncate(file.get(), end) != 0) {
    return failed("cut off a torn line");
  }
  const std::string line = record.json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  if (pwrite(file.get(), line.data(), line.size(), end) != static_cast<ssize_t>(line.size())) {
    return failed("write");
  }
  if (fsync(file.get()) != 0) {
    return failed("sync");
  }
  return {};
}

} // namespace clew

// Files of records: append-only JSON lines that many processes may write at once and any of them may die over.
#include "suites/records/Record.h"

#include "runtime/base/JsonValue.h"
#include "runtime/base/MappedFile.h"
#include "runtime/base/OutputPlace.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <limits>
#include <map>
#include <sys/file.h>
#include <unistd.h>

namespace clew {
namespace {

/// Goes through a file's complete lines; what follows the last newline is torn. Blank lines are passed over: no memory is taken for lines, so that
/// a file of nothing but newlines costs none.
class CompleteLines {
public:
  explicit CompleteLines(std::string_view text) : rest(text) {}

  /// False at the end.
  bool next(std::string_view &line) {
    for (size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      line = rest.substr(0, end);
      rest.remove_prefix(end + 1);
      count += count < std::numeric_limits<int>::max() ? 1 : 0;
      if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
        return true;
      }
    }
    return false;
  }

  int number() const { return count; }        ///< of the line that was given last, from 1
  bool torn() const { return !rest.empty(); } ///< at the end

private:
  std::string_view rest;
  int count = 0;
};

std::string folderOf(const std::string &path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

/// A record that the schema allows, or all that is wrong with the line; it is line `number` of `path`.
std::vector<Error> readLine(std::string_view line, const std::string &path, int number, Record &record) {
  Result<nlohmann::ordered_json> json = parseOrderedJson(line, path, number);
  if (!json) {
    return {json.error()};
  }
  const std::string where = fmt::format("{}:{}", path, number);
  if (!json->is_object()) {
    return {{ErrorKind::BadInput, "expected a record as one JSON object a line", where}};
  }
  record.json = std::move(*json);
  std::vector<Error> errors;
  for (std::string &violation : record.violations()) {
    errors.push_back({ErrorKind::BadInput, std::move(violation), where});
  }
  return errors;
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
  CompleteLines lines(text);
  for (std::string_view line; lines.next(line);) {
    if (line.find(id) == std::string_view::npos) {
      continue; // cheap first: most lines do not hold the id at all
    }
    const Result<nlohmann::ordered_json> json = parseOrderedJson(line, "");
    if (json && Record{*json}.id() == id) {
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
  std::map<std::string_view, int> seen;
  CompleteLines lines(mapped->text());
  constexpr size_t mostErrors = 100;
  std::string_view line;
  while (result.errors.size() < mostErrors && lines.next(line)) {
    SourcedRecord sourced{{}, folderOf(path), fmt::format("{}:{}", path, lines.number())};
    std::vector<Error> wrong = readLine(line, path, lines.number(), sourced.record);
    const bool right = wrong.empty();
    std::ranges::move(wrong, std::back_inserter(result.errors));
    // The same cell may be measured again; the same line twice is a slip.
    if (const auto [at, isNew] = seen.emplace(line, lines.number()); !isNew) {
      result.errors.push_back(
          {ErrorKind::BadInput, fmt::format("this line stands in line {} already", at->second), sourced.where});
    } else if (right) {
      result.records.push_back(std::move(sourced));
    }
  }
  if (result.errors.size() < mostErrors && lines.torn()) {
    result.errors.push_back({ErrorKind::BadInput, "expected a newline at the end: the last record is torn",
                             fmt::format("{}:{}", path, lines.number() + 1)});
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
  RecordFile result;
  CompleteLines lines(mapped->text());
  for (std::string_view line; lines.next(line);) {
    SourcedRecord sourced{{}, folderOf(file), fmt::format("{}:{}", file, lines.number())};
    std::vector<Error> wrong = readLine(line, file, lines.number(), sourced.record);
    if (!wrong.empty()) {
      wrong.front().message += wrong.size() > 1 ? fmt::format(" (and {} more)", wrong.size() - 1) : "";
      return Failure(std::move(wrong.front()));
    }
    if (wanted.empty() || sourced.record.id() == wanted) {
      result.records.push_back(std::move(sourced));
    }
  }
  result.torn = lines.torn();
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

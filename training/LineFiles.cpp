// See LineFiles.h.
#include "training/LineFiles.h"

#include "runtime/base/Sha256.h"

#include <fmt/format.h>

namespace clew {

Result<LineFile> surveyLines(const std::string &path) {
  LineFile file{path, {}, 0};
  Result<std::string> digest = sha256OfFile(path);
  Result<LineReader> reader = digest ? LineReader::open(path) : fail(digest);
  if (!reader) {
    return fail(reader);
  }
  file.sha256 = std::move(*digest);
  for (std::string line;; ++file.lines) {
    const Result<bool> more = reader->next(line);
    if (!more) {
      return fail(more);
    }
    if (!*more) {
      return file;
    }
  }
}

Result<LineStream> LineStream::open(std::span<const LineFile> files, int64_t begin, int64_t end) {
  LineStream stream(files, end);
  // Whole files before `begin` need not be read.
  while (stream.file < files.size() && stream.at + files[stream.file].lines <= begin) {
    stream.at += files[stream.file++].lines;
  }
  for (std::string line; stream.at < begin;) {
    const Result<bool> more = stream.next(line);
    if (!more) {
      return fail(more);
    }
    if (!*more) {
      break;
    }
  }
  return stream;
}

Result<bool> LineStream::next(std::string &line) {
  while (at < end && file < files.size()) {
    if (inFile == files[file].lines) {
      ++file;
      inFile = 0;
      reader.reset();
      continue;
    }
    return read(line);
  }
  return false;
}

/// A line that the file must have.
Result<bool> LineStream::read(std::string &line) {
  const LineFile &here = files[file];
  if (!reader) {
    Result<LineReader> opened = LineReader::open(here.path);
    if (!opened) {
      return fail(opened);
    }
    reader.emplace(std::move(*opened));
  }
  const Result<bool> more = reader->next(line);
  if (!more) {
    return fail(more);
  }
  if (!*more) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected {} lines, found {}: it is being changed", here.lines, inFile), here.path);
  }
  if (inFile == 0 && line.starts_with("\xEF\xBB\xBF")) {
    line.erase(0, 3);
  }
  if (line.ends_with('\r')) {
    line.pop_back();
  }
  ++inFile;
  ++at;
  return true;
}

} // namespace clew

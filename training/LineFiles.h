// LineFiles: texts of any size, one a line, in several files that count as one: read in pieces of a share, so that many processes can each
// take theirs and one that was stopped can go on.
#pragma once

#include "runtime/base/LineReader.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace clew {

struct LineFile {
  std::string path;
  std::string sha256;
  int64_t lines = 0;
};

/// Reads the file through, in constant memory. NotFound, Io, or BadInput for what is no regular file (it is read more than once) and, with
/// FILE:LINE, for a line of more than LineReader::longestLine.
Result<LineFile> surveyLines(const std::string &path);

/// Lines begin .. end-1 of all files' lines, numbered from 0 through. A byte order mark before a file and a return at the end of a line are
/// no part of it.
class LineStream {
public:
  /// Passes over what stands before `begin` by reading it. `files` live as long as this. Errors as LineReader's.
  static Result<LineStream> open(std::span<const LineFile> files, int64_t begin, int64_t end);

  /// The next line. False at the end. BadInput if a file has fewer lines by now than it had.
  Result<bool> next(std::string &line);

  int64_t number() const { return at - 1; } ///< of the line that was given last

private:
  LineStream(std::span<const LineFile> files, int64_t end) : files(files), end(end) {}
  Result<bool> read(std::string &line);

  std::span<const LineFile> files;
  size_t file = 0; ///< the one that is read
  std::optional<LineReader> reader;
  int64_t inFile = 0; ///< lines that were read of it
  int64_t at = 0;     ///< lines that were read of all
  int64_t end;
};

} // namespace clew

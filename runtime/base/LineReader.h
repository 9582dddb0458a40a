// LineReader: lines of a file or a pipe, one after another. It exists because std::getline takes a failed read, and a line that does not fit
// into memory, for the end of the input.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <memory>
#include <string>

namespace clew {

/// Movable; one thread at a time.
class LineReader {
public:
  static constexpr size_t longestLine = size_t{16} << 20; ///< bytes

  /// A regular file, a pipe or a terminal; "-" is standard input. NotFound if there is none; BadInput for a folder or another device (they may
  /// have no end); Io.
  static Result<LineReader> open(const std::string &path);

  /// The next line without its newline; the last one need not end. False at the end. Io if a read fails, BadInput with FILE:LINE if the line is
  /// longer than longestLine: no more than that is ever held.
  Result<bool> next(std::string &line);

  /// Whether next() would give a whole line without reading, and so without waiting.
  bool isReady() const { return piece.find('\n', at) != std::string::npos; }

  const std::string &name() const { return file; } ///< for messages: the path, or "stdin"
  int number() const { return count; }             ///< of the line that was given last, from 1
  bool isRegular() const { return regular; }

private:
  struct Close {
    void operator()(int *descriptor) const;
  };

  LineReader() = default;
  Result<bool> fill();

  std::unique_ptr<int, Close> descriptor;
  std::string file;
  std::string piece; ///< bytes that were read
  size_t at = 0;     ///< the first that was not given
  int count = 0;
  bool regular = false;
};

} // namespace clew

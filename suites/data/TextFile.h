// TextFile: a data file's bytes as checked UTF-8. Everything that is read from files of strangers (rows, predictions) comes in here, so
// that a wrong encoding is named once and not met as nonsense later.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

struct TextFile {
  std::string text;   ///< UTF-8 without a byte order mark
  std::string sha256; ///< of the file's bytes
};

/// NotFound, Io, or BadInput when the file is larger than 1 GiB or not UTF-8: then with the line and the encoding it looks like.
Result<TextFile> readTextFile(const std::string &path);

/// Checks that `text` is UTF-8; BadInput as above. `path` is for messages.
Result<void> checkUtf8(std::string_view text, const std::string &path);

/// Whether there is nothing but blanks, tabs and ends of lines.
inline bool isBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

/// Number of code points of checked UTF-8.
int32_t countCodePoints(std::string_view text);
/// Byte offsets of each code point, and the text's size as a last entry.
std::vector<size_t> codePointOffsets(std::string_view text);

/// Goes through lines; "\n" and "\r\n" end one. Lines count from 1. A last line need not end.
class Lines {
public:
  explicit Lines(std::string_view text) : rest(text) {}
  /// False at the end.
  bool next(std::string_view &line);
  int number() const { return count; }
  bool atEnd() const { return rest.empty(); }

private:
  std::string_view rest;
  int count = 0;
};

} // namespace clew

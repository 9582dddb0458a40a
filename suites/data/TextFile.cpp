// Reads a text file whole and finds out what it is when it is not UTF-8.
#include "suites/data/TextFile.h"

#include "runtime/base/MappedFile.h"
#include "runtime/base/Sha256.h"

#include <algorithm>

namespace clew {
namespace {

constexpr size_t kMostBytes = size_t{1} << 30;

/// Bytes of the well-formed UTF-8 sequence at the front (Unicode 15, table 3-7), or 0.
size_t sequenceLength(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](size_t i, unsigned least = 0x80, unsigned most = 0xbf) {
    return byte(i) >= least && byte(i) <= most;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xc2 && lead <= 0xdf) {
    return follows(1) ? 2 : 0;
  }
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool second = follows(1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf);
    return second && follows(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool second = follows(1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf);
    return second && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

/// Whether all of it could be GB 18030 in its one- and two-byte forms (GBK), which most Chinese files that are not UTF-8 are.
bool couldBeGbk(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      continue;
    }
    const unsigned trail = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0x40u; // may be cut short
    if (lead == 0x80 || lead == 0xff || trail < 0x30 || trail == 0x7f || trail == 0xff) {
      return false;
    }
    ++i;
  }
  return true;
}

std::string looksLike(std::string_view text) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return "; it looks like UTF-16";
  }
  const std::string_view head = text.substr(0, 4096);
  if (static_cast<size_t>(std::count(head.begin(), head.end(), '\0')) * 4 > head.size()) {
    return "; it looks like UTF-16";
  }
  if (text.starts_with("\x1f\x8b") || text.starts_with("PK\x03\x04")) {
    return "; it looks like a compressed archive";
  }
  return couldBeGbk(text.substr(0, 1 << 20)) ? "; it looks like GBK (convert it: iconv -f gb18030 -t utf-8)" : "";
}

} // namespace

Result<void> checkUtf8(std::string_view text, const std::string &path) {
  int line = 1;
  const bool utf16 = text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf16 ? 0 : sequenceLength(text.substr(at));
    if (length == 0) {
      return fail(ErrorKind::BadInput, "expected UTF-8" + looksLike(text), path + ":" + std::to_string(line));
    }
    if (text[at] == '\0') {
      return fail(ErrorKind::BadInput, "expected text, found a zero byte" + looksLike(text),
                  path + ":" + std::to_string(line));
    }
    line += text[at] == '\n';
    at += length;
  }
  return {};
}

Result<TextFile> readTextFile(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file) {
    return fail(file);
  }
  if (file->size() > kMostBytes) {
    return fail(ErrorKind::BadInput,
                "expected a text file of at most 1 GiB, found " + std::to_string(file->size()) + " bytes", path);
  }
  TextFile result;
  result.text.assign(file->text());
  const Result<std::string> digest = sha256Of(std::string_view(result.text));
  if (!digest) {
    return fail(digest);
  }
  result.sha256 = *digest;
  if (const Result<void> utf8 = checkUtf8(result.text, path); !utf8) {
    return fail(utf8);
  }
  if (result.text.starts_with("\xef\xbb\xbf")) {
    result.text.erase(0, 3);
  }
  return result;
}

int32_t countCodePoints(std::string_view text) {
  return static_cast<int32_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::vector<size_t> codePointOffsets(std::string_view text) {
  std::vector<size_t> offsets;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      offsets.push_back(i);
    }
  }
  offsets.push_back(text.size());
  return offsets;
}

bool Lines::next(std::string_view &line) {
  if (rest.empty()) {
    return false;
  }
  ++count;
  const size_t end = rest.find('\n');
  line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return true;
}

} // namespace clew

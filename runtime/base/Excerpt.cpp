// Backs up from the limit to the beginning of a code point.
#include "runtime/base/Excerpt.h"

namespace clew {

namespace {

/// Bytes of the UTF-8 character at the beginning of `text`, or 0 if none begins there.
size_t characterAt(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const size_t length = lead < 0x80 ? 1 : (lead >> 5) == 6 ? 2 : (lead >> 4) == 14 ? 3 : (lead >> 3) == 30 ? 4 : 0;
  for (size_t i = 1; i < length; ++i) {
    if (i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      return 0;
    }
  }
  return length;
}

} // namespace

std::string excerpt(std::string_view text, size_t most) {
  std::string shown;
  for (size_t at = 0; at < text.size();) {
    const size_t length = characterAt(text.substr(at));
    if (at + (length > 0 ? length : 1) > most) {
      return shown + "...";
    }
    shown += length > 0 ? text.substr(at, length) : "\xEF\xBF\xBD"; // U+FFFD stands for a byte that is no text
    at += length > 0 ? length : 1;
  }
  return shown;
}

} // namespace clew

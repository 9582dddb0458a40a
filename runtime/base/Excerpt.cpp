// Backs up from the limit to the beginning of a code point.
#include "runtime/base/Excerpt.h"

namespace clew {

std::string excerpt(std::string_view text, size_t most) {
  if (text.size() <= most) {
    return std::string(text);
  }
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) {
    --most;
  }
  return std::string(text.substr(0, most)) + "...";
}

} // namespace clew

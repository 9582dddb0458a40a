// All of these characters are one byte, or two or three of UTF-8; nothing else need be decoded.
#include "runtime/base/VisibleText.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>

namespace clew {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

/// C1 controls, the soft hyphen, and the format characters of Unicode 15's categories Cf, Zl and Zp below U+10000 that are invisible.
constexpr std::array kInvisible = {Range{0x80, 0x9f},     Range{0xad, 0xad},     Range{0x61c, 0x61c},
                                   Range{0x180e, 0x180e}, Range{0x200b, 0x200f}, Range{0x2028, 0x202e},
                                   Range{0x2060, 0x206f}, Range{0xfeff, 0xfeff}, Range{0xfff9, 0xfffb}};

bool isControl(unsigned char byte) { return (byte < 0x20 && byte != '\t') || byte == 0x7f; }

/// Bytes of the invisible character at `at` and which it is; 0 bytes if it is none.
std::pair<size_t, uint32_t> invisibleAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
  if (isControl(static_cast<unsigned char>(text[at]))) {
    return {1, byte(0)};
  }
  const auto follows = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  size_t length = 0;
  uint32_t point = 0;
  if ((byte(0) & 0xe0) == 0xc0 && follows(1)) {
    length = 2;
    point = (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
  } else if ((byte(0) & 0xf0) == 0xe0 && follows(1) && follows(2)) {
    length = 3;
    point = (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
  }
  const bool invisible =
      std::ranges::any_of(kInvisible, [&](const Range &range) { return range.first <= point && point <= range.last; });
  return {invisible ? length : 0, point};
}

} // namespace

std::string visibleText(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const auto [length, point] = invisibleAt(text, at);
    if (length > 0) {
      out += fmt::format("\\u{{{:04X}}}", point);
    } else {
      out += text[at];
    }
    at += std::max<size_t>(length, 1);
  }
  return out;
}

} // namespace clew

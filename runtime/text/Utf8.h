// UTF-8, one code point at a time and strictly: what vocabularies and texts are read with. Offsets of tokens count code points,
// so every text is decoded once, here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace clew {

/// What stands at the front of a text: its length is 0 if that is no UTF-8 (a stray or missing byte, an overlong form, a
/// surrogate, beyond U+10FFFF).
struct CodePoint {
  char32_t value;
  unsigned length;
};

/// Decodes the code point at `at`; at < end.
inline CodePoint decodeUtf8(const char *at, const char *end) {
  constexpr CodePoint Broken = {0, 0};
  auto byte = [at](int i) { return static_cast<unsigned char>(at[i]); };
  auto follows = [&](int i) { return (byte(i) & 0xC0U) == 0x80U; };
  unsigned lead = byte(0);
  if (lead < 0x80) {
    return {lead, 1};
  }
  ptrdiff_t left = end - at;
  if (lead >= 0xE0 && lead < 0xF0) {
    if (left < 3 || !follows(1) || !follows(2)) {
      return Broken;
    }
    char32_t value = (lead & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
    return value < 0x800 || (value >= 0xD800 && value < 0xE000) ? Broken : CodePoint{value, 3};
  }
  if (lead >= 0xC2 && lead < 0xE0) {
    return left < 2 || !follows(1) ? Broken : CodePoint{(lead & 0x1FU) << 6 | (byte(1) & 0x3FU), 2};
  }
  if (lead < 0xF0 || lead > 0xF4 || left < 4 || !follows(1) || !follows(2) || !follows(3)) {
    return Broken;
  }
  char32_t value = (lead & 0x07U) << 18 | (byte(1) & 0x3FU) << 12 | (byte(2) & 0x3FU) << 6 | (byte(3) & 0x3FU);
  return value < 0x10000 || value > 0x10FFFF ? Broken : CodePoint{value, 4};
}

/// Writes 1 to 4 bytes at `out` and returns how many; `value` is a code point, no surrogate.
inline size_t encodeUtf8(char32_t value, char *out) {
  auto tail = [value](int shift) { return static_cast<char>(0x80U | ((value >> shift) & 0x3FU)); };
  if (value < 0x80) {
    out[0] = static_cast<char>(value);
    return 1;
  }
  if (value < 0x800) {
    out[0] = static_cast<char>(0xC0U | value >> 6);
    out[1] = tail(0);
    return 2;
  }
  if (value < 0x10000) {
    out[0] = static_cast<char>(0xE0U | value >> 12);
    out[1] = tail(6);
    out[2] = tail(0);
    return 3;
  }
  out[0] = static_cast<char>(0xF0U | value >> 18);
  out[1] = tail(12);
  out[2] = tail(6);
  out[3] = tail(0);
  return 4;
}

/// The first byte of `text` that is no UTF-8, or npos.
inline size_t firstBrokenByte(std::string_view text) {
  const char *begin = text.data();
  const char *end = begin + text.size();
  for (const char *at = begin; at < end;) {
    CodePoint next = decodeUtf8(at, end);
    if (next.length == 0) {
      return static_cast<size_t>(at - begin);
    }
    at += next.length;
  }
  return std::string_view::npos;
}

} // namespace clew

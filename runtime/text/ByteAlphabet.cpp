// See ByteAlphabet.h.
#include "runtime/text/ByteAlphabet.h"

#include "runtime/text/Utf8.h"

#include <array>

namespace clew {
namespace {

constexpr char32_t firstHidden = 0x100;

constexpr bool isSeen(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || (byte >= 0xAE && byte <= 0xFF);
}

struct Alphabet {
  std::array<char32_t, 256> characters{};
  std::array<int16_t, firstHidden + 256> bytes{};
};

constexpr Alphabet makeAlphabet() {
  Alphabet alphabet;
  alphabet.bytes.fill(-1);
  char32_t hidden = firstHidden;
  for (int byte = 0; byte < 256; byte++) {
    const char32_t c = isSeen(byte) ? static_cast<char32_t>(byte) : hidden++;
    alphabet.characters[static_cast<size_t>(byte)] = c;
    alphabet.bytes[c] = static_cast<int16_t>(byte);
  }
  return alphabet;
}

constexpr Alphabet alphabet = makeAlphabet();

} // namespace

char32_t characterOfByte(unsigned char byte) { return alphabet.characters[byte]; }

int byteOfCharacter(char32_t c) { return c < alphabet.bytes.size() ? alphabet.bytes[c] : -1; }

std::string bytesOf(std::string_view token) {
  std::string bytes;
  const char *const end = token.data() + token.size();
  for (const char *at = token.data(); at < end;) {
    const CodePoint next = decodeUtf8(at, end);
    const int byte = next.length == 0 ? -1 : byteOfCharacter(next.value);
    if (byte < 0) {
      return std::string(token);
    }
    bytes += static_cast<char>(byte);
    at += next.length;
  }
  return bytes;
}

} // namespace clew

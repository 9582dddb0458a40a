// See Charsmap.h. The layout is that of the darts-clone library: a unit of 32 bits has a label in its lowest byte (bit 31 marks a value),
// "a value is there" in bit 8, and the way to its children, an offset that is XORed, in bits 10 to 31, times 256 where bit 9 is set.
#include "runtime/text/Charsmap.h"

#include "runtime/base/Sha256.h"
#include "runtime/text/Utf8.h"

#include <cstring>
#include <fmt/format.h>

namespace clew {
namespace {

constexpr size_t MostBytes = 16 << 20;
constexpr uint32_t ValueBit = 1U << 31;

bool hasValue(uint32_t unit) { return (unit >> 8 & 1U) != 0; }
uint32_t labelOf(uint32_t unit) { return unit & (ValueBit | 0xFFU); }
uint32_t offsetOf(uint32_t unit) { return unit >> 10 << ((unit & 1U << 9) >> 6); }

uint32_t numberAt(std::string_view bytes, size_t place) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(bytes[place + i])); };
  return byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
}

} // namespace

Result<Charsmap> Charsmap::read(std::string_view bytes, const std::string &where) {
  const auto wrong = [&](const std::string &what) { return fail(ErrorKind::BadInput, "the charsmap: " + what, where); };
  if (bytes.size() < 4 || bytes.size() > MostBytes) {
    return wrong(fmt::format("expected 4 to {} bytes, found {}", MostBytes, bytes.size()));
  }
  const uint32_t trieBytes = numberAt(bytes, 0);
  if (trieBytes % 4 != 0 || trieBytes < 4 || trieBytes > bytes.size() - 4) {
    return wrong(fmt::format("expected a trie of at most {} bytes, found one of {}", bytes.size() - 4, trieBytes));
  }
  Charsmap map;
  for (size_t at = 4; at < 4 + size_t{trieBytes}; at += 4) {
    map.units.push_back(numberAt(bytes, at));
  }
  map.replacements = bytes.substr(4 + size_t{trieBytes});
  if (map.replacements.empty() || map.replacements.back() != '\0' ||
      firstBrokenByte(map.replacements) != std::string_view::npos) {
    return wrong("expected replacements of UTF-8 that end with a zero byte, found others");
  }
  for (size_t i = 0; i < map.units.size(); i++) {
    const uint32_t unit = map.units[i];
    if ((unit & ValueBit) != 0) {
      continue; // a value: checked where it is read
    }
    // A node's children lie within the 256 units round its offset; its value's unit is the first of them.
    const size_t last = (i ^ offsetOf(unit)) | 0xFFU;
    if (last >= map.units.size()) {
      return wrong(fmt::format("expected ways inside of {} units, found one to {}", map.units.size(), last));
    }
  }
  Result<std::string> digest = sha256Of(bytes);
  if (!digest) {
    return fail(digest);
  }
  map.digest = std::move(*digest);
  return map;
}

std::optional<std::string_view> Charsmap::find(std::string_view text) const {
  size_t node = offsetOf(units[0]);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0) {
      return std::nullopt; // ends keys
    }
    node ^= byte;
    if (node >= units.size() || labelOf(units[node]) != byte) {
      return std::nullopt;
    }
    const uint32_t unit = units[node];
    node ^= offsetOf(unit);
    if (hasValue(unit)) {
      const size_t begin = node < units.size() ? units[node] & ~ValueBit : replacements.size();
      if (begin >= replacements.size()) {
        return std::nullopt;
      }
      return std::string_view(replacements.data() +
                              begin); // ends at a zero byte, which stands at the end at the latest
    }
  }
  return std::nullopt;
}

} // namespace clew

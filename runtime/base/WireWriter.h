// WireWriter: the fields of protocol buffers (protobuf.dev, "Encoding") as WireReader.h reads them: for messages that are built in memory,
// and for the heads of fields whose bytes are too many for that and follow from elsewhere.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace clew {

/// Appends fields to a message. Fields keep the order in which they were written.
class WireWriter {
public:
  /// An integer, a boolean or an enumeration; negative ones as int64 has them.
  void integer(uint32_t field, int64_t value) {
    key(field, 0);
    varint(static_cast<uint64_t>(value));
  }

  /// A float of 32 bits.
  void real(uint32_t field, float value) {
    key(field, 5);
    fixed(std::bit_cast<uint32_t>(value), 32);
  }

  /// A float of 64 bits.
  void wide(uint32_t field, double value) {
    key(field, 1);
    fixed(std::bit_cast<uint64_t>(value), 64);
  }

  /// A text, bytes, or a message that was written elsewhere.
  void bytes(uint32_t field, std::string_view value) {
    begin(field, value.size());
    text.append(value);
  }

  /// The head of a field of so many bytes: they follow from elsewhere.
  void begin(uint32_t field, uint64_t size) {
    key(field, 2);
    varint(size);
  }

  const std::string &written() const { return text; }

private:
  void key(uint32_t field, uint32_t kind) { varint(uint64_t{field} << 3 | kind); }

  void fixed(uint64_t bits, int count) {
    for (int shift = 0; shift < count; shift += 8) {
      text.push_back(static_cast<char>((bits >> shift) & 0xff));
    }
  }

  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
      text.push_back(static_cast<char>(0x80 | (value & 0x7f)));
    }
    text.push_back(static_cast<char>(value));
  }

  std::string text;
};

} // namespace clew

// WireReader: the numbers and fields of protocol buffers (protobuf.dev, "Encoding"), as TensorFlow, Paddle and SentencePiece write them. A few
// messages of a few fields do not need the library, which the runtime does not link.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace clew {

/// A field of a message: a number, or the bytes of a text or message in it.
struct WireField {
  uint32_t number = 0;
  uint64_t value = 0;
  std::span<const std::byte> bytes;
  enum class Kind : uint8_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 } kind = Kind::Varint;
};

/// Reads from the front. Methods return false where the bytes are cut short or mean nothing, and then read nothing.
class WireReader {
public:
  explicit WireReader(std::span<const std::byte> bytes) : left(bytes) {}

  bool empty() const { return left.empty(); }
  std::span<const std::byte> rest() const { return left; }

  bool varint(uint64_t &value) {
    uint64_t bits = 0;
    for (size_t i = 0; i < left.size() && i < 10; ++i) {
      const auto byte = static_cast<uint64_t>(left[i]);
      if (i == 9 && byte > 1) {
        return false; // more than 64 bits
      }
      bits |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        value = bits;
        left = left.subspan(i + 1);
        return true;
      }
    }
    return false;
  }

  bool bytes(uint64_t count, std::span<const std::byte> &out) {
    if (count > left.size()) {
      return false;
    }
    out = left.first(count);
    left = left.subspan(count);
    return true;
  }

  /// Numbers of fixed width, little endian.
  template <typename T> bool fixed(T &value) {
    std::span<const std::byte> from;
    if (!bytes(sizeof(T), from)) {
      return false;
    }
    std::memcpy(&value, from.data(), sizeof(T));
    return true;
  }

  bool field(WireField &out) {
    uint64_t key = 0;
    if (!varint(key) || (key >> 3) == 0 || (key >> 3) > 0x1fffffff) {
      return false;
    }
    out = {};
    out.number = static_cast<uint32_t>(key >> 3);
    out.kind = static_cast<WireField::Kind>(key & 7);
    uint32_t narrow = 0;
    switch (key & 7) {
    case 0:
      return varint(out.value);
    case 1:
      return fixed(out.value);
    case 2:
      return varint(out.value) && bytes(out.value, out.bytes);
    case 5:
      return fixed(narrow) && ((out.value = narrow), true);
    default:
      return false; // groups, which nobody writes
    }
  }

private:
  std::span<const std::byte> left;
};

} // namespace clew

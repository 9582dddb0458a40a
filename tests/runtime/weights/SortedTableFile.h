// Makes tables and the messages in TensorFlow's checkpoints byte by byte, including ones that no program would write.
#pragma once

#include "runtime/weights/Crc32c.h"
#include "tests/runtime/weights/ZipFile.h"

#include <cstdint>
#include <string>
#include <vector>

namespace clew {

inline std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) {
    bytes += static_cast<char>(value | 0x80);
  }
  return bytes + static_cast<char>(value);
}

inline std::string wireNumber(uint32_t field, uint64_t value) { return varint(field << 3) + varint(value); }
inline std::string wireBytes(uint32_t field, const std::string &value) {
  return varint(field << 3 | 2) + varint(value.size()) + value;
}

/// One entry of a block, which shares `shared` bytes with the key before it.
inline std::string tableEntry(const std::string &ownKey, const std::string &value, uint64_t shared = 0) {
  return varint(shared) + varint(ownKey.size()) + varint(value.size()) + ownKey + value;
}

inline uint32_t checksumOf(const std::string &bytes) { return maskedCrc32c(crc32c(std::as_bytes(std::span(bytes)))); }

/// Entries, restart points, compression, checksum.
inline std::string tableBlock(const std::string &entries, char compression = 0, uint32_t restarts = 1) {
  const std::string block = entries + littleEndian(uint32_t{0}) + littleEndian(restarts) + compression;
  return block + littleEndian(checksumOf(block));
}

/// Data blocks one behind the other, an index of them, and the footer.
inline std::string tableFile(const std::vector<std::string> &blocks, const std::string &moreIndex = "") {
  std::string file;
  std::string index;
  char last = 'a';
  for (const std::string &block : blocks) {
    index += tableEntry(std::string("z") + last++, varint(file.size()) + varint(block.size() - 5));
    file += block;
  }
  const size_t at = file.size();
  const std::string indexBlock = tableBlock(index + moreIndex);
  file += indexBlock;
  std::string footer = varint(0) + varint(0) + varint(at) + varint(indexBlock.size() - 5);
  footer.resize(40);
  return file + footer + littleEndian(uint64_t{0xdb4775248b80fb57});
}

} // namespace clew

// Crc32c: the checksum of TensorFlow's checkpoints (Castagnoli's polynomial, RFC 3720 appendix B.4). zlib's crc32 is another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace clew {

/// Of all bytes, or going on from the checksum of those before.
uint32_t crc32c(std::span<const std::byte> bytes, uint32_t before = 0);

/// As TensorFlow and LevelDB store it: turned and shifted, since checksums of data that holds checksums are weak.
constexpr uint32_t maskedCrc32c(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

} // namespace clew

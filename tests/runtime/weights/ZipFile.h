// Makes zip archives byte by byte, including ones that no program would write.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>
#include <zlib.h>

namespace clew {

/// The number's bytes, little endian.
template <typename T> std::string littleEndian(T value) {
  return std::string(reinterpret_cast<const char *>(&value), sizeof(T));
}

/// One member; what differs between directory and local header can be set apart.
struct ZipPart {
  std::string name;
  std::string data; ///< as stored in the archive
  uint16_t method = 0;
  uint16_t flags = 0;
  uint64_t size = ~uint64_t{0}; ///< of the contents, when not that of `data`
  std::string localName;        ///< when not `name`
  uint32_t crc = 0;
  bool wide = false;             ///< numbers in the 64-bit extra field
  int shift = 0;                 ///< added to the header's place in the directory
  uint16_t localMethod = 0xffff; ///< when not `method`
};

/// Parts that are chosen where the archive ends; each may lie.
struct ZipEnd {
  int count = 0; ///< added to the true ones
  int size = 0;
  int offset = 0;
  bool wide = false; ///< with a 64-bit end record
  std::string comment;
};

inline std::string zipFile(const std::vector<ZipPart> &parts, const ZipEnd &end = {}) {
  std::string file;
  std::string directory;
  for (const ZipPart &part : parts) {
    const uint64_t size = part.size == ~uint64_t{0} ? part.data.size() : part.size;
    const uint64_t at = file.size() + static_cast<uint64_t>(part.shift);
    const std::string &local = part.localName.empty() ? part.name : part.localName;
    const auto localMethod = part.localMethod == 0xffff ? part.method : part.localMethod;
    auto narrow = [&](uint64_t value) { return littleEndian(part.wide ? 0xffffffffU : static_cast<uint32_t>(value)); };
    const std::string middle =
        littleEndian(uint32_t{0}) + littleEndian(part.crc) + narrow(part.data.size()) + narrow(size);
    std::string extra;
    if (part.wide) {
      extra = littleEndian(uint16_t{1}) + littleEndian(uint16_t{24}) + littleEndian(size) +
              littleEndian(uint64_t{part.data.size()}) + littleEndian(at);
    }
    directory += "PK\x01\x02" + std::string(4, '\0') + littleEndian(part.flags) + littleEndian(part.method) + middle +
                 littleEndian(static_cast<uint16_t>(part.name.size())) +
                 littleEndian(static_cast<uint16_t>(extra.size())) + std::string(10, '\0') + narrow(at) + part.name +
                 extra;
    file += "PK\x03\x04" + std::string(2, '\0') + littleEndian(part.flags) + littleEndian(localMethod) + middle +
            littleEndian(static_cast<uint16_t>(local.size())) + littleEndian(uint16_t{0}) + local + part.data;
  }
  const auto count = static_cast<uint64_t>(static_cast<int64_t>(parts.size()) + end.count);
  const auto size = static_cast<uint64_t>(static_cast<int64_t>(directory.size()) + end.size);
  const auto offset = static_cast<uint64_t>(static_cast<int64_t>(file.size()) + end.offset);
  file += directory;
  const uint64_t end64 = file.size();
  if (end.wide) {
    file += "PK\x06\x06" + littleEndian(uint64_t{44}) + std::string(12, '\0') + littleEndian(count) +
            littleEndian(count) + littleEndian(size) + littleEndian(offset);
    file += "PK\x06\x07" + std::string(4, '\0') + littleEndian(end64) + littleEndian(uint32_t{1});
  }
  file += "PK\x05\x06" + std::string(4, '\0');
  if (end.wide) {
    file += littleEndian(uint64_t{~uint64_t{0}}) + littleEndian(0xffffffffU);
  } else {
    file += littleEndian(static_cast<uint16_t>(count)) + littleEndian(static_cast<uint16_t>(count)) +
            littleEndian(static_cast<uint32_t>(size)) + littleEndian(static_cast<uint32_t>(offset));
  }
  return file + littleEndian(static_cast<uint16_t>(end.comment.size())) + end.comment;
}

/// `contents` as a deflated member.
inline ZipPart deflatedPart(std::string name, std::string_view contents) {
  std::string packed(compressBound(contents.size()) + 16, '\0');
  z_stream stream = {};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  stream.next_in = const_cast<Bytef *>(reinterpret_cast<const Bytef *>(contents.data()));
  stream.avail_in = static_cast<uInt>(contents.size());
  stream.next_out = reinterpret_cast<Bytef *>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  ZipPart part;
  part.name = std::move(name);
  part.crc = static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef *>(contents.data()), static_cast<uInt>(contents.size())));
  part.size = contents.size();
  part.data = std::move(packed);
  part.method = 8;
  return part;
}

} // namespace clew

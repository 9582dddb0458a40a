// Footer, index block, data blocks; each block with its checksum. Bloom filters and other metadata are not needed to read everything.
#include "runtime/weights/SortedTable.h"

#include "runtime/base/WireReader.h"
#include "runtime/weights/Crc32c.h"
#include "runtime/weights/StoredType.h"

#include <cstring>
#include <fmt/format.h>

namespace clew {
namespace {

using Bytes = std::span<const std::byte>;

constexpr size_t footerBytes = 48;
constexpr uint64_t footerMagic = 0xdb4775248b80fb57;
constexpr size_t trailerBytes = 5; ///< behind each block: its compression and its checksum

uint32_t load32(Bytes from, size_t at) {
  uint32_t value = 0;
  std::memcpy(&value, from.data() + at, sizeof(value));
  return value;
}

class TableReader {
public:
  TableReader(Bytes file, const std::string &where) : file(file), where(where) {}

  Result<std::vector<TableEntry>> read() {
    std::vector<TableEntry> blocks;
    if (!readIndex(blocks)) {
      return fail(ErrorKind::BadInput, problem, where);
    }
    std::vector<TableEntry> entries;
    for (const TableEntry &block : blocks) {
      if (!readBlock(block.value, entries)) {
        return fail(ErrorKind::BadInput, problem, where);
      }
    }
    return entries;
  }

private:
  bool reject(std::string why) {
    problem = std::move(why);
    return false;
  }

  bool readIndex(std::vector<TableEntry> &blocks) {
    uint64_t magic = 0;
    if (file.size() < footerBytes) {
      return reject(fmt::format("expected a table of at least {} bytes, found {}", footerBytes, file.size()));
    }
    std::memcpy(&magic, file.data() + file.size() - sizeof(magic), sizeof(magic));
    if (magic != footerMagic) {
      return reject("expected the end of a table of LevelDB's, found other data: the file is cut short or none");
    }
    WireReader footer(file.subspan(file.size() - footerBytes, footerBytes - sizeof(magic)));
    uint64_t unused = 0; // metadata's place
    uint64_t offset = 0;
    uint64_t size = 0;
    if (!footer.varint(unused) || !footer.varint(unused) || !footer.varint(offset) || !footer.varint(size)) {
      return reject("expected the place of the table's index at its end, found none");
    }
    return readBlockAt(offset, size, blocks);
  }

  /// `handle` is an offset and a size.
  bool readBlock(Bytes handle, std::vector<TableEntry> &entries) {
    WireReader reader(handle);
    uint64_t offset = 0;
    uint64_t size = 0;
    if (!reader.varint(offset) || !reader.varint(size) || !reader.empty()) {
      return reject("expected the place of a block in the table's index, found other data");
    }
    if (offset < next) { // no block is read twice, however often it is named
      return reject(fmt::format("expected the block behind byte {}, found it at {}", next, offset));
    }
    if (!readBlockAt(offset, size, entries)) {
      return false;
    }
    next = offset + size + trailerBytes;
    return true;
  }

  bool readBlockAt(uint64_t offset, uint64_t size, std::vector<TableEntry> &entries) {
    const size_t end = file.size() - footerBytes;
    if (offset > end || size > end - offset || end - offset - size < trailerBytes) {
      return reject(
          fmt::format("expected a block within the table's {} bytes, found {} bytes at {}", end, size, offset));
    }
    const Bytes block = file.subspan(offset, size);
    const uint32_t stored = load32(file, offset + size + 1);
    if (maskedCrc32c(crc32c(file.subspan(offset, size + 1))) != stored) {
      return reject(fmt::format("expected the block at {} with the checksum that it states, found it damaged", offset));
    }
    if (file[offset + size] != std::byte{0}) {
      return reject(fmt::format("expected a plain block at {}, found a compressed one", offset));
    }
    return readEntries(block, entries);
  }

  /// A block ends with its restart points, which only searches need.
  bool readEntries(Bytes block, std::vector<TableEntry> &entries) {
    const uint64_t restarts = block.size() < 4 ? 0 : load32(block, block.size() - 4);
    if (block.size() < 4 || restarts > (block.size() - 4) / 4) {
      return reject("expected restart points at the end of a block, found fewer than it says");
    }
    WireReader reader(block.first(block.size() - 4 - 4 * restarts));
    std::string key;
    while (!reader.empty()) {
      uint64_t shared = 0;
      uint64_t own = 0;
      uint64_t length = 0;
      Bytes rest;
      TableEntry entry;
      if (!reader.varint(shared) || !reader.varint(own) || !reader.varint(length) || shared > key.size() ||
          !reader.bytes(own, rest) || !reader.bytes(length, entry.value)) {
        return reject("expected keys and values in a block, found them cut short");
      }
      if (own > mostTableKey || shared + own > mostTableKey || entries.size() == mostTableEntries) {
        return reject(
            fmt::format("expected at most {} keys of at most {} bytes, found more", mostTableEntries, mostTableKey));
      }
      key.resize(shared);
      key.append(reinterpret_cast<const char *>(rest.data()), rest.size());
      if (!entries.empty() && key <= entries.back().key) {
        return reject(
            fmt::format("expected keys that rise, found {} behind {}", quoteName(key), quoteName(entries.back().key)));
      }
      entry.key = key;
      entries.push_back(std::move(entry));
    }
    return true;
  }

  Bytes file;
  const std::string &where;
  uint64_t next = 0; ///< where the next data block may begin
  std::string problem;
};

} // namespace

Result<std::vector<TableEntry>> readSortedTable(Bytes file, const std::string &where) {
  return TableReader(file, where).read();
}

} // namespace clew

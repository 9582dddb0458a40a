// HDF5 File Format Specification 3.0, sections III.A.1 (trees), IV.A.2.i (layouts) and VII.C (fixed arrays).
#include "runtime/weights/Hdf5Chunks.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <set>

namespace clew {
namespace {

using Bytes = std::span<const std::byte>;

constexpr size_t mostChunkNodes = 1'000'000;

uint8_t byteAt(Bytes bytes, size_t at) { return hdf5Number<uint8_t>(bytes, at); }

Failure reject(std::string why) { return fail(ErrorKind::BadInput, std::move(why)); }

/// A number of up to eight bytes.
uint64_t wideAt(Bytes bytes, size_t at, size_t width) {
  uint64_t value = 0;
  if (width <= sizeof(value) && at <= bytes.size() && bytes.size() - at >= width) {
    std::memcpy(&value, bytes.data() + at, width);
  }
  return value;
}

bool startsWith(Bytes bytes, std::string_view mark) {
  return bytes.size() >= mark.size() && std::memcmp(bytes.data(), mark.data(), mark.size()) == 0;
}

/// Extents from `at` on, the last of which are an element's bytes.
bool readExtents(Bytes body, size_t at, size_t each, size_t width, std::span<const int64_t> shape, Hdf5Layout &layout) {
  for (const int64_t whole : shape) {
    const uint64_t extent = wideAt(body, at, each);
    if (extent < 1 || extent > static_cast<uint64_t>(std::max<int64_t>(whole, 1))) {
      return false;
    }
    layout.chunk.push_back(static_cast<int64_t>(extent));
    at += each;
  }
  return wideAt(body, at, each) == width;
}

/// Versions 4 and 5, which is HDF5 2's and has wider entries in its indices: flags, extents, the kind of the index, what that says of
/// itself, an address.
Result<Hdf5Layout> readFourth(Bytes body, std::span<const int64_t> shape, size_t width) {
  Hdf5Layout layout;
  const int flags = byteAt(body, 2);
  const size_t each = byteAt(body, 4);
  const size_t at = 5 + (shape.size() + 1) * each;
  if (byteAt(body, 3) != shape.size() + 1 || each < 1 || each > 8 ||
      !readExtents(body, 5, each, width, shape, layout)) {
    return reject("expected chunks no larger than the dataset, found others");
  }
  layout.sparesEdges = (flags & 1) != 0;
  size_t address = at + 1;
  switch (byteAt(body, at)) {
  case 1:
    layout.index = Hdf5Layout::Index::Single;
    if ((flags & 2) != 0) {
      layout.size = hdf5Number<uint64_t>(body, address);
      layout.skipped = hdf5Number<uint32_t>(body, address + 8);
      address += 12;
    }
    break;
  case 2:
    layout.index = Hdf5Layout::Index::Implicit;
    break;
  case 3:
    layout.index = Hdf5Layout::Index::Array;
    address += 1;
    break;
  default:
    return reject(
        "expected a dataset of fixed extents, found one whose chunks are indexed for growth; h5repack writes it "
        "anew");
  }
  if (body.size() < address + 8) {
    return reject("expected where chunks stand, found a layout that is cut short");
  }
  layout.address = hdf5Number<uint64_t>(body, address);
  return layout;
}

class ChunkWalk {
public:
  ChunkWalk(Bytes file, const Hdf5Layout &layout, std::span<const int64_t> shape, uint64_t chunkBytes,
            const std::function<Result<void>(const Hdf5Chunk &)> &take)
      : file(file), layout(layout), chunkBytes(chunkBytes), take(take) {
    for (size_t i = 0; i < shape.size(); ++i) {
      grid.push_back((shape[i] + layout.chunk[i] - 1) / layout.chunk[i]);
      count *= static_cast<uint64_t>(grid.back());
    }
  }

  Result<void> run() {
    switch (layout.index) {
    case Hdf5Layout::Index::Tree:
      return walkTree(layout.address, -1);
    case Hdf5Layout::Index::Single:
      return give(0, layout.address, layout.size > 0 ? layout.size : chunkBytes, layout.skipped);
    case Hdf5Layout::Index::Implicit:
      return walkImplicit();
    case Hdf5Layout::Index::Array:
      return walkArray();
    }
    return {};
  }

private:
  /// The chunk of this number, in row-major order.
  Result<void> give(uint64_t number, uint64_t address, uint64_t size, uint32_t skipped) {
    chunk.begin.assign(grid.size(), 0);
    for (size_t i = grid.size(); i-- > 0;) {
      const auto along = static_cast<uint64_t>(grid[i]);
      chunk.begin[i] = static_cast<int64_t>(number % along) * layout.chunk[i];
      number /= along;
    }
    chunk.address = address;
    chunk.size = size;
    chunk.skipped = skipped;
    return take(chunk);
  }

  /// A node of the tree of chunks; `above` is the level of the one that names it. Entries: bytes in the file, filters left out, the place
  /// of the first element and a 0; where it stands.
  Result<void> walkTree(uint64_t address, int above) {
    const size_t key = 8 + (grid.size() + 1) * 8;
    Bytes node;
    const bool there = hdf5Bytes(file, address, 24, node) && startsWith(node, "TREE");
    const int level = byteAt(node, 5);
    const size_t entries = hdf5Number<uint16_t>(node, 6);
    if (!there || byteAt(node, 4) != 1 || (above >= 0 && level != above - 1) || !visited.insert(address).second ||
        visited.size() > mostChunkNodes || !hdf5Bytes(file, address + 24, entries * (key + 8), node)) {
      return reject(fmt::format("expected a tree of chunks at {}, found none, or the same again", address));
    }
    for (size_t i = 0; i < entries; ++i) {
      const Bytes entry = node.subspan(i * (key + 8), key + 8);
      const auto child = hdf5Number<uint64_t>(entry, key);
      if (level == 0) {
        chunk.begin.clear();
        for (size_t axis = 0; axis < grid.size(); ++axis) {
          chunk.begin.push_back(hdf5Number<int64_t>(entry, 8 + axis * 8));
        }
        chunk.address = child;
        chunk.size = hdf5Number<uint32_t>(entry, 0);
        chunk.skipped = hdf5Number<uint32_t>(entry, 4);
      }
      if (Result<void> done = level > 0 ? walkTree(child, level) : take(chunk); !done) {
        return done;
      }
    }
    return {};
  }

  /// One chunk after the other, none with filters.
  Result<void> walkImplicit() {
    Bytes all;
    if (count > file.size() / std::max<uint64_t>(chunkBytes, 1) ||
        !hdf5Bytes(file, layout.address, count * chunkBytes, all)) {
      return reject(fmt::format("expected {} chunks at {}, found the end of the file", count, layout.address));
    }
    for (uint64_t i = 0; i < count; ++i) {
      if (Result<void> done = give(i, layout.address + i * chunkBytes, chunkBytes, 0); !done) {
        return done;
      }
    }
    return {};
  }

  /// A header, and a block that holds an entry for each chunk, or pages of these.
  Result<void> walkArray() {
    constexpr uint64_t headerBytes = 28;
    constexpr uint64_t checksum = 4;
    Bytes header;
    Bytes block;
    const bool there = hdf5Bytes(file, layout.address, headerBytes, header) && startsWith(header, "FAHD");
    const bool filtered = byteAt(header, 5) == 1;
    entryBytes = byteAt(header, 6);
    const size_t pageBits = byteAt(header, 7);
    const auto blockAt = hdf5Number<uint64_t>(header, 16);
    const bool fits = filtered ? entryBytes > 12 && entryBytes <= 20 : entryBytes == 8;
    if (!there || byteAt(header, 4) != 0 || !fits || pageBits > 30 || hdf5Number<uint64_t>(header, 8) != count ||
        count > file.size() / 8 || !hdf5Bytes(file, blockAt, 14, block) || !startsWith(block, "FADB") ||
        byteAt(block, 5) != byteAt(header, 5)) {
      return reject(fmt::format("expected an array of {} chunks at {}, found none", count, layout.address));
    }
    const uint64_t onPage = uint64_t{1} << pageBits;
    if (count <= onPage) {
      return giveEntries(blockAt + 14, 0, count);
    }
    const uint64_t pages = (count + onPage - 1) / onPage;
    uint64_t at =
        blockAt + 14 + (pages + 7) / 8 + checksum; // which pages are in use, a bit each, is seen by the chunks
    for (uint64_t page = 0; page < pages; ++page) {
      const uint64_t first = page * onPage;
      if (Result<void> done = giveEntries(at, first, std::min(onPage, count - first)); !done) {
        return done;
      }
      at += onPage * entryBytes + checksum;
    }
    return {};
  }

  /// Addresses, and with filters the chunk's bytes and filters left out.
  Result<void> giveEntries(uint64_t at, uint64_t first, uint64_t entries) {
    Bytes all;
    if (!hdf5Bytes(file, at, entries * entryBytes, all)) {
      return reject(fmt::format("expected {} chunks in the array at {}, found the end of the file", entries, at));
    }
    for (uint64_t i = 0; i < entries; ++i) {
      const Bytes entry = all.subspan(i * entryBytes, entryBytes);
      const bool filtered = entryBytes > 8;
      const uint64_t size = filtered ? wideAt(entry, 8, entryBytes - 12) : chunkBytes;
      const auto skipped = filtered ? hdf5Number<uint32_t>(entry, entryBytes - 4) : 0;
      if (Result<void> done = give(first + i, hdf5Number<uint64_t>(entry, 0), size, skipped); !done) {
        return done;
      }
    }
    return {};
  }

  Bytes file;
  const Hdf5Layout &layout;
  uint64_t chunkBytes;
  const std::function<Result<void>(const Hdf5Chunk &)> &take;
  std::vector<int64_t> grid; ///< chunks along each axis
  uint64_t count = 1;
  size_t entryBytes = 0;
  std::set<uint64_t> visited;
  Hdf5Chunk chunk;
};

} // namespace

Result<Hdf5Layout> readHdf5Layout(Bytes body, std::span<const int64_t> shape, size_t width) {
  if (!shape.empty() && byteAt(body, 0) >= 4) {
    return readFourth(body, shape, width);
  }
  // dimensionality (one more than extents), address of the tree, extents of a chunk, bytes of an element.
  Hdf5Layout layout;
  layout.address = hdf5Number<uint64_t>(body, 3);
  if (shape.empty() || byteAt(body, 2) != shape.size() + 1 || body.size() < 11 + (shape.size() + 1) * 4 ||
      !readExtents(body, 11, 4, width, shape, layout)) {
    return reject("expected chunks no larger than the dataset, found others");
  }
  return layout;
}

Result<void> walkHdf5Chunks(Bytes file, const Hdf5Layout &layout, std::span<const int64_t> shape, uint64_t chunkBytes,
                            const std::function<Result<void>(const Hdf5Chunk &)> &take) {
  return ChunkWalk(file, layout, shape, chunkBytes, take).run();
}

} // namespace clew

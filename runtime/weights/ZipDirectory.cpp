// Reads a zip archive from its end, as the format wants it (PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3): end record, directory,
// then each member's local header, which must say the same.
#include "runtime/weights/ZipDirectory.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <zlib.h>

namespace clew {
namespace {

constexpr uint32_t localSignature = 0x04034b50;
constexpr uint32_t entrySignature = 0x02014b50;
constexpr uint32_t endSignature = 0x06054b50;
constexpr uint32_t end64Signature = 0x06064b50;
constexpr uint32_t locator64Signature = 0x07064b50;
constexpr size_t localBytes = 30;
constexpr size_t entryBytes = 46;
constexpr size_t endBytes = 22;
constexpr size_t end64Bytes = 56;
constexpr size_t locator64Bytes = 20;
constexpr uint16_t full16 = 0xffff;
constexpr uint32_t full32 = 0xffffffff; ///< "see the 64-bit field"
constexpr uint16_t encryptedFlag = 1;
constexpr uint16_t descriptorFlag = 8; ///< sizes stand behind the data, and zeros in the local header
constexpr uint16_t plainMethod = 0;
constexpr uint16_t deflateMethod = 8;

using Bytes = std::span<const std::byte>;

/// A little-endian number. The caller has checked that it is there.
template <typename T> T load(Bytes from, size_t at) {
  T value;
  std::memcpy(&value, from.data() + at, sizeof(T));
  return value;
}

std::string_view textOf(Bytes bytes) { return {reinterpret_cast<const char *>(bytes.data()), bytes.size()}; }

/// What the end of an archive says about its directory.
struct Frame {
  uint64_t count = 0;
  uint64_t size = 0;
  uint64_t offset = 0;
  uint64_t end = 0; ///< where the end records begin
};

/// An entry of the directory with what is needed to check it against its local header.
struct Entry {
  ZipMember member;
  uint64_t packed = 0; ///< bytes in the archive
  uint64_t header = 0; ///< where the local header begins
  uint16_t flags = 0;
  uint16_t method = 0;
};

class DirectoryReader {
public:
  DirectoryReader(Bytes archive, const std::string &where) : archive(archive), where(where) {}

  Result<std::vector<ZipMember>> read() {
    std::vector<ZipMember> members;
    if (!findFrame() || !readEntries() || !checkCover()) {
      return fail(ErrorKind::BadInput, problem, where);
    }
    members.reserve(entries.size());
    for (const Entry &entry : entries) {
      members.push_back(entry.member);
    }
    std::ranges::sort(members, {}, &ZipMember::name);
    const auto twice = std::ranges::adjacent_find(members, {}, &ZipMember::name);
    if (twice != members.end()) {
      return fail(ErrorKind::BadInput, fmt::format("the archive holds two members {}", quoteName(twice->name)), where);
    }
    return members;
  }

private:
  bool reject(std::string why) {
    problem = std::move(why);
    return false;
  }

  /// The end record is the last thing of the file but for a comment whose length it states.
  bool findFrame() {
    const size_t farthest = std::min(archive.size(), endBytes + full16);
    for (size_t back = endBytes; back <= farthest; ++back) {
      const size_t at = archive.size() - back;
      if (load<uint32_t>(archive, at) == endSignature && load<uint16_t>(archive, at + 20) == back - endBytes) {
        return readEnd(at);
      }
    }
    return reject("expected a zip archive, found no end record: the file is cut short or no archive");
  }

  bool readEnd(size_t at) {
    frame = {load<uint16_t>(archive, at + 10), load<uint32_t>(archive, at + 12), load<uint32_t>(archive, at + 16), at};
    const bool oneDisk = load<uint16_t>(archive, at + 4) == 0 && load<uint16_t>(archive, at + 6) == 0;
    const bool whole = load<uint16_t>(archive, at + 8) == load<uint16_t>(archive, at + 10);
    if (!oneDisk || !whole) {
      return reject("expected a zip archive in one file, found a part of several");
    }
    const bool has64 = at >= locator64Bytes && load<uint32_t>(archive, at - locator64Bytes) == locator64Signature;
    if (has64 && !readEnd64(at - locator64Bytes)) {
      return false;
    }
    if (frame.size > frame.end || frame.offset > frame.end - frame.size) {
      return reject(fmt::format("expected the zip directory before byte {}, found {} bytes at {}", frame.end,
                                frame.size, frame.offset));
    }
    if (frame.count > mostZipMembers || frame.count > frame.size / entryBytes) {
      return reject(fmt::format("expected at most {} members and {} bytes of directory for each, found {} in {} bytes",
                                mostZipMembers, entryBytes, frame.count, frame.size));
    }
    return true;
  }

  /// The 64-bit record counts; what the 32-bit one says beside it must be the same or "full".
  bool readEnd64(size_t locator) {
    const auto at = load<uint64_t>(archive, locator + 8);
    if (locator < end64Bytes || at > locator - end64Bytes || load<uint32_t>(archive, at) != end64Signature) {
      return reject(fmt::format("expected the 64-bit end record of the zip archive before byte {}, found none at {}",
                                locator, at));
    }
    const Frame small = frame;
    frame = {load<uint64_t>(archive, at + 32), load<uint64_t>(archive, at + 40), load<uint64_t>(archive, at + 48), at};
    const bool agree = (small.count == full16 || small.count == frame.count) &&
                       (small.size == full32 || small.size == frame.size) &&
                       (small.offset == full32 || small.offset == frame.offset);
    return agree || reject("expected the two end records of the zip archive to agree, found different directories");
  }

  bool readEntries() {
    Bytes left = archive.subspan(frame.offset, frame.size);
    entries.reserve(frame.count);
    for (uint64_t i = 0; i < frame.count; ++i) {
      if (left.size() < entryBytes || load<uint32_t>(left, 0) != entrySignature) {
        return reject(fmt::format("expected {} entries in the zip directory, found {}", frame.count, i));
      }
      const size_t name = load<uint16_t>(left, 28);
      const size_t extra = load<uint16_t>(left, 30);
      const size_t length = entryBytes + name + extra + load<uint16_t>(left, 32);
      if (length > left.size()) {
        return reject(fmt::format("entry {} of the zip directory is cut short", i));
      }
      if (!readEntry(left, name, left.subspan(entryBytes + name, extra)) || !checkLocal(entries.back())) {
        return false;
      }
      left = left.subspan(length);
    }
    return left.empty() || reject(fmt::format("expected {} entries in the zip directory, found {} more bytes",
                                              frame.count, left.size()));
  }

  bool readEntry(Bytes from, size_t nameBytes, Bytes extra) {
    Entry &entry = entries.emplace_back();
    entry.member.name = textOf(from.subspan(entryBytes, nameBytes));
    entry.flags = load<uint16_t>(from, 8);
    entry.method = load<uint16_t>(from, 10);
    entry.member.crc = load<uint32_t>(from, 16);
    entry.packed = load<uint32_t>(from, 20);
    entry.member.size = load<uint32_t>(from, 24);
    entry.header = load<uint32_t>(from, 42);
    entry.member.deflated = entry.method == deflateMethod;
    return checkName(entry.member.name) && readExtra(entry, extra) && checkMethod(entry);
  }

  /// Nothing is unpacked to a name, but one that leads elsewhere is a sign of an attack, and refused.
  bool checkName(std::string_view name) {
    bool bad = name.empty() || name.starts_with('/') || name.find_first_of(std::string_view("\\\0", 2)) != name.npos;
    for (size_t at = 0; at <= name.size();) {
      const size_t end = std::min(name.find('/', at), name.size());
      bad |= name.substr(at, end - at) == "..";
      at = end + 1;
    }
    return !bad || reject(fmt::format("expected a plain name of a zip member, found {}", quoteName(name)));
  }

  /// Extra field 1 holds, in this order, those of the numbers that are "full" in the entry.
  bool readExtra(Entry &entry, Bytes extra) {
    std::optional<Bytes> wide;
    while (extra.size() >= 4) {
      const size_t size = load<uint16_t>(extra, 2);
      if (size > extra.size() - 4) {
        break;
      }
      if (load<uint16_t>(extra, 0) == 1 && !wide) {
        wide = extra.subspan(4, size);
      }
      extra = extra.subspan(4 + size);
    }
    for (uint64_t *field : {&entry.member.size, &entry.packed, &entry.header}) {
      if (*field != full32 || !wide) {
        continue;
      }
      if (wide->size() < sizeof(uint64_t)) {
        return reject(fmt::format("zip member {}: its 64-bit field is cut short", quoteName(entry.member.name)));
      }
      *field = load<uint64_t>(*wide, 0);
      wide = wide->subspan(sizeof(uint64_t));
    }
    return true;
  }

  bool checkMethod(const Entry &entry) {
    if ((entry.flags & encryptedFlag) != 0) {
      return reject(
          fmt::format("zip member {}: expected plain contents, found encrypted ones", quoteName(entry.member.name)));
    }
    if (entry.method != plainMethod && entry.method != deflateMethod) {
      return reject(fmt::format("zip member {}: expected it stored or deflated, found compression method {}",
                                quoteName(entry.member.name), entry.method));
    }
    if (entry.method == plainMethod && entry.packed != entry.member.size) {
      return reject(fmt::format("zip member {}: expected {} stored bytes, found {}", quoteName(entry.member.name),
                                entry.member.size, entry.packed));
    }
    return true;
  }

  /// Finds the data behind the local header, which must agree with the directory.
  bool checkLocal(Entry &entry) {
    const std::string name = quoteName(entry.member.name);
    if (frame.offset < localBytes || entry.header > frame.offset - localBytes ||
        load<uint32_t>(archive, entry.header) != localSignature) {
      return reject(fmt::format("zip member {}: expected its header before the directory, found none at byte {}", name,
                                entry.header));
    }
    const Bytes header = archive.subspan(entry.header, frame.offset - entry.header);
    const size_t nameBytes = load<uint16_t>(header, 26);
    const size_t front = localBytes + nameBytes + load<uint16_t>(header, 28);
    if (front > header.size() || entry.packed > header.size() - front) {
      return reject(
          fmt::format("zip member {}: expected {} bytes before the directory, found fewer", name, entry.packed));
    }
    const auto packed = load<uint32_t>(header, 18);
    const auto size = load<uint32_t>(header, 22);
    const bool sizesAgree = (load<uint16_t>(header, 6) & descriptorFlag) != 0 || packed == full32 || size == full32 ||
                            (packed == entry.packed && size == entry.member.size);
    if (textOf(header.subspan(localBytes, nameBytes)) != entry.member.name || !sizesAgree ||
        load<uint16_t>(header, 8) != entry.method) {
      return reject(fmt::format("zip member {}: expected the directory and the member's own header to agree", name));
    }
    entry.member.stored = header.subspan(front, entry.packed);
    return true;
  }

  /// No byte belongs to two members.
  bool checkCover() {
    std::ranges::sort(entries, {}, &Entry::header);
    const Entry *before = nullptr;
    for (const Entry &entry : entries) {
      const std::byte *begin = archive.data() + entry.header;
      if (before && before->member.stored.data() + before->member.stored.size() > begin) {
        return reject(fmt::format("expected zip members one after the other, found that {} and {} overlap",
                                  quoteName(before->member.name), quoteName(entry.member.name)));
      }
      before = &entry;
    }
    return true;
  }

  Bytes archive;
  const std::string &where;
  Frame frame;
  std::vector<Entry> entries;
  std::string problem;
};

/// Decompresses all of `from` into all of `to`; whether exactly that was possible. zlib counts in 32 bits, hence the pieces.
bool inflateInto(Bytes from, std::span<std::byte> to) {
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
    return false;
  }
  constexpr size_t most = std::numeric_limits<uInt>::max() / 2;
  std::byte overflow{}; // a place for bytes beyond the promised ones, and for a stream that promises none
  int state = Z_OK;
  while (state == Z_OK) {
    const size_t input = std::min(from.size(), most);
    const size_t output = std::min(to.size(), most);
    stream.next_in = const_cast<Bytef *>(reinterpret_cast<const Bytef *>(from.data()));
    stream.avail_in = static_cast<uInt>(input);
    stream.next_out = reinterpret_cast<Bytef *>(output > 0 ? to.data() : &overflow);
    stream.avail_out = static_cast<uInt>(output > 0 ? output : 1);
    state = inflate(&stream, Z_NO_FLUSH);
    from = from.subspan(input - stream.avail_in);
    if (output == 0 && stream.avail_out == 0) {
      state = Z_DATA_ERROR;
    }
    to = to.subspan(output > 0 ? output - stream.avail_out : 0);
  }
  inflateEnd(&stream);
  return state == Z_STREAM_END && from.empty() && to.empty();
}

} // namespace

bool looksLikeZip(Bytes bytes) { return bytes.size() >= 4 && load<uint32_t>(bytes, 0) == localSignature; }

Result<std::vector<ZipMember>> readZipDirectory(Bytes archive, const std::string &where) {
  return DirectoryReader(archive, where).read();
}

const ZipMember *findMember(std::span<const ZipMember> members, std::string_view name) {
  const auto found = std::ranges::lower_bound(members, name, {}, &ZipMember::name);
  return found != members.end() && found->name == name ? &*found : nullptr;
}

Result<Bytes> contentsOf(const ZipMember &member, TensorMemory &memory, const std::string &where) {
  if (!member.deflated) {
    return member.stored;
  }
  const Result<std::span<std::byte>> contents = memory.take(member.size, where);
  if (!contents) {
    return fail(contents);
  }
  if (!inflateInto(member.stored, *contents)) {
    return fail(ErrorKind::BadInput,
                fmt::format("zip member {}: expected {} bytes when decompressed, found other or damaged data",
                            quoteName(member.name), member.size),
                where);
  }
  const auto *data = reinterpret_cast<const Bytef *>(contents->data());
  if (crc32_z(0, data, contents->size()) != member.crc) {
    return fail(
        ErrorKind::BadInput,
        fmt::format("zip member {}: expected the CRC that the archive states, found another", quoteName(member.name)),
        where);
  }
  return Bytes(*contents);
}

} // namespace clew

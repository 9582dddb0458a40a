// PKWARE's APPNOTE 6.3.10: local headers with sizes of 64 bits, data, directory, end records of 64 and of 32 bits. Using the wide form
// for all keeps one form; every reader of such files knows it.
#include "runtime/weights/ZipWriter.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <zlib.h>

namespace clew {
namespace {

constexpr uint64_t alignment = 64;
constexpr uint16_t version = 45;     ///< the first with sizes of 64 bits
constexpr uint16_t wideExtra = 1;    ///< the field with sizes of 64 bits
constexpr uint16_t padding = 0x4246; ///< a field that readers pass over
constexpr uint16_t utf8Names = 1U << 11;
constexpr uint32_t seeWide = 0xffffffff;
constexpr uint16_t seeWideCount = 0xffff;
constexpr uint16_t firstDay = 1 << 5 | 1; ///< 1980-01-01: the same file each time
constexpr size_t localBytes = 30;
constexpr size_t localWide = 20; ///< the wide field in a local header

/// Bytes of a header, appended number by number.
class Record {
public:
  template <typename T> Record &put(T number) {
    const size_t end = bytes.size();
    bytes.resize(end + sizeof(T));
    std::memcpy(bytes.data() + end, &number, sizeof(T));
    return *this;
  }
  Record &text(const std::string &text) {
    const auto from = std::as_bytes(std::span(text));
    bytes.insert(bytes.end(), from.begin(), from.end());
    return *this;
  }
  Record &zeros(size_t count) {
    bytes.resize(bytes.size() + count);
    return *this;
  }

  std::vector<std::byte> bytes;
};

} // namespace

Result<ZipWriter> ZipWriter::create(const std::string &path) {
  Result<AtomicFile> file = AtomicFile::create(path);
  return file ? ZipWriter(std::move(*file), path) : Result<ZipWriter>(fail(file));
}

Result<void> ZipWriter::write(std::span<const std::byte> bytes) {
  at += bytes.size();
  return file.write(bytes);
}

Result<void> ZipWriter::writeHeader(const Member &member) {
  const uint64_t bare = at + localBytes + member.name.size() + localWide + 4; // 4: the padding's own header
  const auto fill = static_cast<uint16_t>((alignment - bare % alignment) % alignment);
  Record header;
  header.put(uint32_t{0x04034b50}).put(version).put(utf8Names).put(uint16_t{0}).put(uint16_t{0}).put(firstDay);
  header.put(member.crc).put(seeWide).put(seeWide);
  header.put(static_cast<uint16_t>(member.name.size())).put(static_cast<uint16_t>(localWide + 4 + fill));
  header.text(member.name).put(wideExtra).put(uint16_t{16}).put(member.size).put(member.size);
  header.put(padding).put(fill).zeros(fill);
  return write(header.bytes);
}

Result<void> ZipWriter::add(const std::string &name, uint64_t size, FunctionRef<Result<void>(TensorSink)> produce) {
  if (name.size() > 0xffff) {
    return fail(ErrorKind::BadInput, fmt::format("expected names of at most 65535 bytes, found {}", name.size()), path);
  }
  Member member{name, size, at, 0};
  uint64_t seen = 0;
  const auto sum = [&](std::span<const std::byte> bytes) -> Result<void> {
    seen += bytes.size();
    member.crc =
        static_cast<uint32_t>(crc32_z(member.crc, reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size()));
    return {};
  };
  if (Result<void> summed = produce(sum); !summed) {
    return summed;
  }
  if (seen != size) {
    return fail(ErrorKind::Internal, fmt::format("{} gives {} bytes, not {}", quoteName(name), seen, size), path);
  }
  if (Result<void> written = writeHeader(member); !written) {
    return written;
  }
  members.push_back(member);
  return produce([&](std::span<const std::byte> bytes) { return write(bytes); });
}

Result<void> ZipWriter::add(const std::string &name, std::span<const std::byte> bytes) {
  return add(name, bytes.size(), [&](TensorSink sink) { return sink(bytes); });
}

Result<void> ZipWriter::finish() {
  const uint64_t directory = at;
  for (const Member &member : members) {
    Record entry;
    entry.put(uint32_t{0x02014b50})
        .put(version)
        .put(version)
        .put(utf8Names)
        .put(uint16_t{0})
        .put(uint16_t{0})
        .put(firstDay);
    entry.put(member.crc).put(seeWide).put(seeWide).put(static_cast<uint16_t>(member.name.size())).put(uint16_t{28});
    entry.zeros(2 + 2 + 2 + 4).put(seeWide).text(member.name); // comment, disk, attributes
    entry.put(wideExtra).put(uint16_t{24}).put(member.size).put(member.size).put(member.header);
    if (Result<void> written = write(entry.bytes); !written) {
      return written;
    }
  }
  const uint64_t size = at - directory;
  const uint64_t count = members.size();
  Record end;
  end.put(uint32_t{0x06064b50})
      .put(uint64_t{44})
      .put(version)
      .put(version)
      .zeros(8)
      .put(count)
      .put(count)
      .put(size)
      .put(directory);
  end.put(uint32_t{0x07064b50}).zeros(4).put(directory + size).put(uint32_t{1});
  end.put(uint32_t{0x06054b50}).zeros(4).put(seeWideCount).put(seeWideCount).put(seeWide).put(seeWide).zeros(2);
  if (Result<void> written = write(end.bytes); !written) {
    return written;
  }
  return file.commit();
}

} // namespace clew

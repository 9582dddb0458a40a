// ZipDirectory: where the members of a zip archive lie, so that weights in it can be mapped instead of copied. PyTorch's
// checkpoints and NumPy's .npz are zip archives. This is our own reader, because a library reads members through itself and never
// says at which byte of the file they lie; only decompression is zlib's.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/weights/TensorSet.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// Members that one archive may have.
constexpr uint64_t mostZipMembers = 1'000'000;

/// A member; borrowed from the archive's bytes.
struct ZipMember {
  std::string_view name;
  std::span<const std::byte> stored; ///< as the archive has it
  uint64_t size = 0;                 ///< bytes of its contents
  uint32_t crc = 0;                  ///< of its contents
  bool deflated = false;             ///< else `stored` is the contents
};

/// Whether the bytes begin as an archive with members does. Says nothing about the rest.
bool looksLikeZip(std::span<const std::byte> bytes);

/// All members, sorted by name. Takes plain and deflated members, 32 and 64 bits. BadInput at `where` for everything that readers
/// could understand in two ways or that leads out of the archive: members that overlap, of one name or encrypted, names with `..`
/// or from the root, local headers that differ from the directory, counts and sizes that do not fit the file. Memory: a
/// ZipMember each, and a directory's entry has at least 46 bytes.
Result<std::vector<ZipMember>> readZipDirectory(std::span<const std::byte> archive, const std::string &where);

/// The member of this name, or null; `members` as readZipDirectory gives them.
const ZipMember *findMember(std::span<const ZipMember> members, std::string_view name);

/// The contents: the archive's own bytes, or decompressed into `memory`, exactly as many as promised and with the promised CRC.
/// A plain member's CRC is not read: that would touch every page of the weights, and PyTorch can be told to write none.
Result<std::span<const std::byte>> contentsOf(const ZipMember &member, TensorMemory &memory, const std::string &where);

} // namespace clew

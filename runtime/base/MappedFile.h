// MappedFile: a regular file's bytes as read-only memory. Weights are read through it, so that a checkpoint costs no
// second copy and pages that are no longer needed can go back to the system.
#pragma once

#include "runtime/base/Result.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace clew {

/// Which file it was, and as of when: a file that is written to, or another in its place, has another stamp. Times in nanoseconds since 1970,
/// as coarse as the file system keeps them.
struct FileStamp {
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t size = 0;
  int64_t modified = 0;
  int64_t changed = 0; ///< no program can set this one
  auto operator<=>(const FileStamp &) const = default;
};

/// Move-only; safe to read from many threads. The file must not be shortened while it is mapped: reading past a new end
/// ends the process with SIGBUS (replacing it by rename, as AtomicFile does, is fine).
class MappedFile {
public:
  MappedFile() = default;
  MappedFile(MappedFile &&other) noexcept
      : path(std::move(other.path)), view(std::exchange(other.view, std::span<const std::byte>())),
        opened(other.opened) {}
  MappedFile &operator=(MappedFile &&other) noexcept {
    std::swap(path, other.path);
    std::swap(view, other.view);
    std::swap(opened, other.opened);
    return *this;
  }
  ~MappedFile();

  /// Maps a file that the user named; symbolic links are followed. NotFound if absent, BadInput if it is no regular
  /// file or the pointer that Git LFS leaves in a file's place, Io otherwise.
  static Result<MappedFile> open(const std::string &path);

  /// Maps `name` inside `folder`, where `name` comes from a file's contents or a convention and is not trusted:
  /// names and symbolic links that are absolute or lead out of the folder, or in a circle, are BadInput.
  static Result<MappedFile> openInside(const std::string &folder, const std::string &name);

  std::span<const std::byte> bytes() const { return view; }
  std::string_view text() const { return {reinterpret_cast<const char *>(view.data()), view.size()}; }
  size_t size() const { return view.size(); }
  const std::string &name() const { return path; }
  /// As it was when it was opened.
  const FileStamp &stamp() const { return opened; }

  /// Gives the memory of the whole pages inside bytes offset..offset+length back; they are read from the file again
  /// when touched. Ranges beyond the end are cut.
  void release(size_t offset, size_t length) const;

private:
  static Result<MappedFile> map(int descriptor, std::string path);

  std::string path;
  std::span<const std::byte> view;
  FileStamp opened;
};

} // namespace clew

// MappedFile: a regular file's bytes as read-only memory. Weights are read through it, so that a checkpoint costs no
// second copy and pages that are no longer needed can go back to the system.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace clew {

/// Move-only; safe to read from many threads. The file must not be shortened while it is mapped: reading past a new end
/// ends the process with SIGBUS (replacing it by rename, as AtomicFile does, is fine).
class MappedFile {
public:
  MappedFile() = default;
  MappedFile(MappedFile &&other) noexcept
      : path(std::move(other.path)), view(std::exchange(other.view, std::span<const std::byte>())) {}
  MappedFile &operator=(MappedFile &&other) noexcept {
    std::swap(path, other.path);
    std::swap(view, other.view);
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

  /// Gives the memory of the whole pages inside bytes offset..offset+length back; they are read from the file again
  /// when touched. Ranges beyond the end are cut.
  void release(size_t offset, size_t length) const;

private:
  static Result<MappedFile> map(int descriptor, std::string path);

  std::string path;
  std::span<const std::byte> view;
};

} // namespace clew

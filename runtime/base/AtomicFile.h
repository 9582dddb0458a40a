// AtomicFile: a file that appears whole or not at all. Everything Clew writes that someone may read later (weights,
// outputs, artifacts, cached programs) goes through it, because a crash must never leave half a file under a good name.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace clew {

/// A temporary file beside `path`, renamed onto it by commit(). Without commit, or after an error, the destructor
/// removes the temporary and an older file under `path` stays as it was. Move-only; one thread at a time.
class AtomicFile {
public:
  AtomicFile(AtomicFile &&other) noexcept;
  AtomicFile &operator=(AtomicFile &&) = delete;
  ~AtomicFile();

  /// Io if the folder is absent or not writable. The file gets `mode`, less the process's umask.
  static Result<AtomicFile> create(const std::string &path, unsigned mode = 0666);

  Result<void> write(std::span<const std::byte> bytes);
  Result<void> write(std::string_view text) { return write(std::as_bytes(std::span(text))); }

  /// Flushes to disk and takes the name `path`. Nothing may be written afterwards.
  Result<void> commit();

private:
  AtomicFile(int descriptor, std::string path, std::string temporary);
  Failure ioError(const char *action) const;

  int descriptor;
  std::string path;
  std::string temporary; ///< empty once renamed
};

/// The folder and those around it, where they are not there yet.
Result<void> makeFolder(const std::string &path);

/// The whole of a small file at once.
Result<void> writeFileAtomically(const std::string &path, std::string_view text);

} // namespace clew

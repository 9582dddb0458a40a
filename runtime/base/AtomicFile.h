// AtomicFile: everything that Clew writes under a name that someone gave. A file appears whole or not at all, because a crash must never
// leave half a file under a good name; and what the name stands for stays what it is: a symbolic link stays a link, a device a device.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace clew {

/// Bytes on their way to a name (runtime/base/OutputPlace.h says what it stands for). A regular file, or none yet: a temporary file beside
/// it, renamed onto it by commit(). Without commit, or after an error, the destructor removes the temporary and an older file stays as it
/// was. A file that is replaced keeps its mode and, where the system lets us, its owner; further hard links to it keep the old contents. A
/// pipe, a character device or an open descriptor: bytes go there as they are written. Move-only; one thread at a time.
class AtomicFile {
public:
  AtomicFile(AtomicFile &&other) noexcept;
  AtomicFile &operator=(AtomicFile &&) = delete;
  ~AtomicFile();

  /// Errors as outputPlace's; Io if the folder is absent or not writable. A new file gets `mode`, less the process's umask. Opening a pipe
  /// waits for its reader.
  static Result<AtomicFile> create(const std::string &path, unsigned mode = 0666);

  Result<void> write(std::span<const std::byte> bytes);
  Result<void> write(std::string_view text) { return write(std::as_bytes(std::span(text))); }

  /// Flushes to disk and takes the name. Nothing may be written afterwards.
  Result<void> commit();

private:
  explicit AtomicFile(std::string path) : path(std::move(path)) {}
  Result<void> openBeside(unsigned mode);
  Failure ioError(const char *action) const;

  std::string path; ///< as it was given, for messages
  int descriptor = -1;
  std::string target;    ///< the regular file; empty for streams
  std::string temporary; ///< empty for streams, and once renamed
};

/// The folder and those around it, where they are not there yet.
Result<void> makeFolder(const std::string &path);

/// The whole of a small file at once.
Result<void> writeFileAtomically(const std::string &path, std::string_view text);

} // namespace clew

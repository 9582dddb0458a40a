// OutputPlace: what a name that is to be written stands for. It exists so that no writer replaces a device by a file or a link by its
// contents: every one of them asks here first (runtime/base/AtomicFile does).
#pragma once

#include "runtime/base/Result.h"

#include <string>
#include <string_view>

namespace clew {

/// Exactly one of the three is set.
struct OutputPlace {
  std::string file;    ///< the regular file that is replaced or made
  std::string stream;  ///< a pipe or a character device, to be opened for writing
  int descriptor = -1; ///< of this process, as /dev/stdout, /dev/fd/N and /proc/self/fd/N name them; not owned
};

/// Follows symbolic links to their end, also one whose target is not there yet: that target is what will be made. BadInput for a folder, a
/// block device, a socket, or what another process has open; Io where the place may not be written, or a link or folder on the way cannot be
/// followed.
Result<OutputPlace> outputPlace(const std::string &path);

/// BadInput if writing to `path` would replace the regular file that `other` names, by whatever links: a command loses neither what it reads nor
/// another of its own outputs. `what` says in the message what `other` is. What cannot be written at all is left to outputPlace().
Result<void> refuseReplacing(const std::string &path, const std::string &other, std::string_view what);

/// Whether bytes written to `path` go where standard output goes, so that nothing else may be printed there.
bool isStandardOutput(const std::string &path);

} // namespace clew

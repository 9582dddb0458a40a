// SHA-256 as 64 lower-case hex digits: the name under which weights, data and programs are recorded and cached.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace clew {

/// Digest of bytes in memory. Internal if the cryptographic library refuses to work.
Result<std::string> sha256Of(std::span<const std::byte> bytes);
Result<std::string> sha256Of(std::string_view text);

/// Digest of a file's contents, read in pieces. NotFound or Io if it cannot be read.
Result<std::string> sha256OfFile(const std::string &path);

} // namespace clew

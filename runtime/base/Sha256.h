// SHA-256 as 64 lower-case hex digits: the name under which weights, data and programs are recorded and cached.
#pragma once

#include "runtime/base/MappedFile.h"
#include "runtime/base/Result.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st; // OpenSSL's

namespace clew {

/// The digest of bytes that come piece by piece.
class Sha256 {
public:
  Sha256();
  void update(std::span<const std::byte> bytes);
  /// As 64 hex digits; nothing may follow. Internal if the cryptographic library refuses to work.
  Result<std::string> finish();

private:
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st *)> context;
  bool good = false;
};

/// Digest of bytes in memory. Internal if the cryptographic library refuses to work.
Result<std::string> sha256Of(std::span<const std::byte> bytes);
Result<std::string> sha256Of(std::string_view text);

/// Digest of a mapped file. Its pages go back to the system on the way, so that a checkpoint does not count as memory in use.
Result<std::string> sha256Of(const MappedFile &file);

/// Digest of a regular file's contents, read in pieces. NotFound or Io if it cannot be read, BadInput if it is no regular file.
Result<std::string> sha256OfFile(const std::string &path);

} // namespace clew

// Gzip (RFC 1952): small texts that are kept compressed. It exists so that files of predictions can lie packed in a repository; what is unpacked
// comes from anybody, and is bounded.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace clew {

/// The text as one gzip member, without name or time: equal texts give equal bytes. Internal if zlib refuses to work.
Result<std::string> gzipped(std::string_view text);

/// What one gzip member holds, its checksum verified. BadInput when `bytes` are no gzip, are damaged, cut off or followed by something, or
/// hold more than `mostBytes`; `where` is for messages.
Result<std::string> gunzipped(std::span<const std::byte> bytes, int64_t mostBytes, const std::string &where);

} // namespace clew

// Download: one file over http or https, resumable. The one home of libcurl.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <functional>
#include <string>

namespace clew {

struct DownloadOptions {
  int64_t mostBytes = int64_t{2} << 30; ///< more than this is refused
  int stallSeconds = 60;                ///< less than a byte a second for as long is an error
  /// Bytes that are there and bytes of the whole (0: the server does not say). Called from the downloading thread, often.
  std::function<void(int64_t, int64_t)> progress;
};

/// Downloads into `part`, whose folder exists. If `part` holds the beginning of the same file (its URL and its ETag or date are kept in
/// `part`.from), only the rest is asked for; if the file has changed since, or the server knows no ranges, all of it. After an error or a
/// kill `part` stays, to be resumed. At most 5 redirects, to http and https only. True if bytes from an earlier run were used.
/// NotFound for 404 and 410, BadInput for a URL that is none or a file that is too large, Io otherwise (the server, the network, the disk,
/// another download into the same `part`).
Result<bool> download(const std::string &url, const std::string &part, const DownloadOptions &options);

/// Removes `part` and what is kept beside it.
void discardPart(const std::string &part);

} // namespace clew

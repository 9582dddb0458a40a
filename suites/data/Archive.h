// Archive: members of a zip file that came from elsewhere. The one home of libzip.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <string>

namespace clew {

/// The contents of one member, checked against its CRC; nothing is written, so that no name in an archive can lead anywhere. `member` is
/// its whole name, or its last part where the archive has a folder around it. BadInput when the file is no zip archive, is damaged, or
/// the member is larger than `mostBytes`; NotFound when it has no such member, or several.
Result<std::string> readMember(const std::string &archive, const std::string &member, int64_t mostBytes);

} // namespace clew

// Archive: members of a zip file that came from elsewhere, and small zip files of ours. The one home of libzip.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace clew {

/// Takes the next bytes of a member; an error ends the reading.
using TakeBytes = std::function<Result<void>(std::span<const std::byte>)>;

/// Hands one member to `take`, piece by piece, and checks its CRC at the end: only when this succeeds may what was taken be used. `member` is
/// its whole name, or its last part where the archive has a folder around it. BadInput when the file is no zip archive or a damaged one, its
/// list of members is longer than 16 MiB, or the member is larger than `mostBytes`, by what it declares or by what comes; NotFound when there is
/// no such member, or several; else what `take` says.
Result<void> readMember(const std::string &archive, const std::string &member, int64_t mostBytes,
                        const TakeBytes &take);

/// A member that is written.
struct NewMember {
  std::string name;
  std::string_view text;
};

/// A zip archive of these members, in their order, deflated. The same members make the same bytes, whenever and wherever. Internal if the library
/// refuses.
Result<std::string> zipOf(std::span<const NewMember> members);

} // namespace clew

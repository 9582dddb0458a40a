// ClozeText: the part of a passage that is read for one of its blanks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace clew {

/// The passage with its blanks as masks, the one that begins at byte `blank` as one [MASK] and every other as four; of a passage that is
/// longer about `room` characters, as many on each side of the blank as there are. A mask counts as one character.
std::string clozeText(std::string_view passage, size_t blank, int64_t room);

} // namespace clew

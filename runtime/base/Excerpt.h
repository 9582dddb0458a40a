// Excerpt: how messages quote texts of any length: never cut inside a character.
#pragma once

#include <string>
#include <string_view>

namespace clew {

/// The text if it has at most `most` bytes, else what fits of its whole code points and "...". Always UTF-8: bytes of
/// `text` that are none are shown as U+FFFD.
std::string excerpt(std::string_view text, size_t most = 100);

} // namespace clew

// VisibleText: names and texts of strangers in what people read. Characters that nobody sees may still reorder or hide what stands around them
// (Unicode TR 36): they are written out.
#pragma once

#include <string>
#include <string_view>

namespace clew {

/// `text` with control characters (but tabs), bidirectional controls, and characters without width or that end lines as \u{202E} and the
/// like: it stays on its line. The rest, bytes that are no UTF-8 included, stays as it is.
std::string visibleText(std::string_view text);

} // namespace clew

// Blanks: where words are left out of a text, as CHID marks it: #idiom000379#, or #idiom# where there is only one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

struct Blank {
  size_t text = 0;       ///< index of the text that it stands in
  size_t begin = 0;      ///< byte of that text
  std::string_view name; ///< with its marks; of the text
};

/// In the order of the texts, which the names refer to.
std::vector<Blank> blanksOf(std::span<const std::string> texts);

} // namespace clew

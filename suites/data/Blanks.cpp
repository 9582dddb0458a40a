// See Blanks.h.
#include "suites/data/Blanks.h"

namespace clew {

std::vector<Blank> blanksOf(std::span<const std::string> texts) {
  constexpr std::string_view kMark = "#idiom";
  std::vector<Blank> blanks;
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::string_view text = texts[i];
    for (size_t begin = text.find(kMark); begin != std::string_view::npos; begin = text.find(kMark, begin + 1)) {
      const size_t end = text.find_first_not_of("0123456789", begin + kMark.size());
      if (end != std::string_view::npos && text[end] == '#') {
        blanks.push_back({i, begin, text.substr(begin, end + 1 - begin)});
      }
    }
  }
  return blanks;
}

} // namespace clew

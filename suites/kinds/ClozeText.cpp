// See ClozeText.h.
#include "suites/kinds/ClozeText.h"

#include "suites/data/Blanks.h"

#include <algorithm>
#include <vector>

namespace clew {
namespace {

/// A character, or one mask.
using Units = std::vector<std::string_view>;

constexpr std::string_view kMask = "[MASK]";
constexpr size_t kMasksOfOthers = 4; ///< as many as an idiom has characters

void addText(std::string_view text, Units &units) {
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
      ++end;
    }
    units.push_back(text.substr(begin, end - begin));
    begin = end;
  }
}

} // namespace

std::string clozeText(std::string_view passage, size_t blank, int64_t room) {
  const std::string text(passage);
  Units units;
  size_t place = 0; // of the blank that is asked for
  size_t done = 0;  // bytes
  for (const Blank &one : blanksOf({&text, 1})) {
    addText(std::string_view(text).substr(done, one.begin - done), units);
    place = one.begin == blank ? units.size() : place;
    units.insert(units.end(), one.begin == blank ? 1 : kMasksOfOthers, kMask);
    done = one.begin + one.name.size();
  }
  addText(std::string_view(text).substr(done), units);
  const size_t count = std::min(units.size(), static_cast<size_t>(std::max<int64_t>(room, 1)));
  const size_t first = std::min(place - std::min(place, (count - 1) / 2), units.size() - count);
  std::string out;
  for (size_t i = first; i < first + count; ++i) {
    out += units[i];
  }
  return out;
}

} // namespace clew

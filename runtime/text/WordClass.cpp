// See WordClass.h. ICU gives the categories of code points up to Unicode 15.0; those of 15.1 and 16.0 are listed.
#include "runtime/text/WordClass.h"

#include "runtime/text/CodePoints.h"

#include <algorithm>
#include <map>

namespace clew {

WordClassTable::WordClassTable() {
  constexpr uint32_t count = 0x110000 / BlockSize;
  std::map<std::vector<WordClass>, uint32_t> known;
  std::vector<WordClass> all(size_t{0x110000}, WordClass::Other);
  visitRemarkable([&](char32_t c) {
    all[c] = isSpace(c)    ? WordClass::Space
             : isLetter(c) ? WordClass::Letter
             : isNumber(c) ? WordClass::Number
                           : WordClass::Other;
  });
  for (uint32_t block = 0; block < count; block++) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(block * BlockSize);
    std::vector<WordClass> run(begin, begin + BlockSize);
    const auto [place, isNew] = known.try_emplace(std::move(run), static_cast<uint32_t>(classes.size()));
    if (isNew) {
      classes.insert(classes.end(), place->first.begin(), place->first.end());
    }
    blocks.push_back(place->second);
  }
}

const WordClassTable &WordClassTable::instance() {
  static const WordClassTable table;
  return table;
}

} // namespace clew

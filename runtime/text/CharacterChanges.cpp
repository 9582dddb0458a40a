// See CharacterChanges.h.
#include "runtime/text/CharacterChanges.h"

#include "runtime/text/CodePoints.h"

#include <algorithm>
#include <iterator>

namespace clew {
namespace {

bool isPlain(const Characters &text, char32_t firstOther) {
  return std::ranges::all_of(text, [&](const PlacedCharacter &c) { return c.value < firstOther; });
}

/// Decomposition with marks in canonical order; those of one class keep theirs.
std::vector<Change> decomposition(const Characters &text, Decomposed decomposed) {
  struct Part {
    Change change;
    int order;
    size_t place; ///< among equals
  };
  std::vector<Part> parts;
  size_t marks = 0; // where the run of marks at the end begins
  const auto settle = [&] {
    std::sort(parts.begin() + static_cast<std::ptrdiff_t>(marks), parts.end(),
              [](const Part &x, const Part &y) { return std::pair(x.order, x.place) < std::pair(y.order, y.place); });
  };
  for (const PlacedCharacter &character : text) {
    int change = 0;
    for (const char32_t part : decomposed(character.value)) {
      const int order = combiningClass(part);
      if (order == 0) {
        settle();
        marks = parts.size() + 1;
      }
      parts.push_back({{part, change}, order, parts.size()});
      change = 1;
    }
  }
  marks = std::min(marks, parts.size());
  settle();
  std::vector<Change> changes;
  changes.reserve(parts.size());
  std::ranges::transform(parts, std::back_inserter(changes), &Part::change);
  return changes;
}

/// Canonical composition of what is decomposed: each mark goes into the last character of class 0, unless one of its own class or of a higher
/// one stands between them.
std::vector<Change> composition(const std::vector<Change> &parts) {
  std::vector<Change> out;
  out.reserve(parts.size());
  size_t base = parts.size(); // place in `out` of what is composed with; none yet
  int blocking = -1;          // the class of the last mark that stayed; -1: none did
  for (const Change &part : parts) {
    const int order = combiningClass(part.value);
    const bool isOpen = base < out.size() && blocking < order;
    if (const char32_t one = isOpen ? compose(out[base].value, part.value) : 0; one != 0) {
      out[base] = {one, out[base].change + part.change - 1};
      continue;
    }
    out.push_back(part);
    if (order == 0) {
      base = out.size() - 1;
      blocking = -1;
    } else {
      blocking = order;
    }
  }
  return out;
}

} // namespace

void replaceBy(Characters &text, const std::vector<Change> &changes) {
  Characters out;
  out.reserve(changes.size());
  size_t old = 0;
  for (const Change &change : changes) {
    const size_t from = change.change > 0 ? std::max<size_t>(old, 1) - 1 : old;
    out.push_back({change.value, text[std::min(from, text.size() - 1)].origin});
    old += change.change > 0 ? 0 : 1 + static_cast<size_t>(-change.change);
  }
  text = std::move(out);
}

void decomposeAll(Characters &text, Decomposed decomposed) {
  constexpr char32_t firstOther = 0xA0; // below it nothing is decomposed or a mark
  if (!isPlain(text, firstOther)) {
    replaceBy(text, decomposition(text, decomposed));
  }
}

void composeAll(Characters &text, Decomposed decomposed) {
  const char32_t firstOther = decomposed == decompose ? 0x300 : 0xA0; // below it nothing changes
  if (!isPlain(text, firstOther)) {
    replaceBy(text, composition(decomposition(text, decomposed)));
  }
}

} // namespace clew

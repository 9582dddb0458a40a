// See TextNormalizer.h. The place of a character that a step makes of others is the one that the `tokenizers` package gives it, which is of
// one character always: that of the first it replaces, and what is made beyond their number goes with the one before it.
#include "runtime/text/TextNormalizer.h"

#include "runtime/text/Charsmap.h"
#include "runtime/text/CodePoints.h"
#include "runtime/text/Graphemes.h"
#include "runtime/text/Utf8.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace clew {
namespace {

using Kind = NormalizerStep::Kind;
using Characters = std::vector<PlacedCharacter>;

/// A character of the new text. `change` is how many characters more than it stand for as many less: 1: it is one more; 0: it replaces one;
/// -n: it replaces n + 1.
struct Change {
  char32_t value;
  int change;
};

void decode(std::string_view text, const int32_t *origins, Characters &out) {
  out.clear();
  const char *const end = text.data() + text.size();
  for (const char *at = text.data(); at < end;) {
    const CodePoint next = decodeUtf8(at, end);
    out.push_back({next.value, origins ? origins[at - text.data()] : 0});
    at += next.length == 0 ? 1 : next.length; // never 0: the text is UTF-8
  }
}

void append(Section &section, const PlacedCharacter &character) {
  char bytes[4];
  section.append(bytes, encodeUtf8(character.value, bytes), character.origin);
}

Characters charactersOf(std::string_view text) {
  Characters out;
  decode(text, nullptr, out);
  return out;
}

/// The new text in place of the old one.
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

/// Decomposition with marks in canonical order; those of one class keep theirs.
void decomposeAll(Characters &text, std::u32string (*decomposed)(char32_t)) {
  constexpr char32_t firstOther = 0xA0; // below it nothing is decomposed or a mark
  if (std::ranges::all_of(text, [](const PlacedCharacter &c) { return c.value < firstOther; })) {
    return;
  }
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
  replaceBy(text, changes);
}

void lower(Characters &text) {
  Characters out;
  out.reserve(text.size());
  for (const auto &[value, origin] : text) {
    if (value < 0x80) {
      out.push_back({value >= 'A' && value <= 'Z' ? value + 32 : value, origin});
      continue;
    }
    for (const char32_t c : lowerCase(value)) {
      out.push_back({c, origin});
    }
  }
  text = std::move(out);
}

void strip(Characters &text, bool left, bool right) {
  const auto isInside = [](const PlacedCharacter &c) { return !isSpace(c.value); };
  if (right) {
    const auto last = std::find_if(text.rbegin(), text.rend(), isInside);
    text.erase(last.base(), text.end());
  }
  if (left) {
    text.erase(text.begin(), std::ranges::find_if(text, isInside));
  }
}

void replaceText(Characters &text, const Characters &pattern, const Characters &content) {
  const auto same = [](const PlacedCharacter &x, const PlacedCharacter &y) { return x.value == y.value; };
  Characters out;
  for (auto at = text.begin(); at != text.end();) {
    const auto found = std::search(at, text.end(), pattern.begin(), pattern.end(), same);
    if (at == text.begin() && found == text.end()) {
      return;
    }
    out.insert(out.end(), at, found);
    if (found == text.end()) {
      break;
    }
    at = found + static_cast<std::ptrdiff_t>(pattern.size());
    for (const PlacedCharacter &c : content) {
      out.push_back({c.value, std::prev(at)->origin});
    }
  }
  text = std::move(out);
}

void joinSpaces(Characters &text) {
  // The last space of a run stays: it is that whose place the package keeps.
  size_t kept = 0;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i].value != ' ' || i + 1 == text.size() || text[i + 1].value != ' ') {
      text[kept++] = text[i];
    }
  }
  text.resize(kept);
}

/// What stands for `count` characters, as the package notes it: what is more than they were, or less, is the last one's.
void addReplacement(std::vector<Change> &changes, int count, std::string_view replacement) {
  int made = 0;
  for (const PlacedCharacter &c : charactersOf(replacement)) {
    changes.push_back({c.value, 0});
    made++;
  }
  for (int i = 0; i < made - count; i++) {
    changes[changes.size() - 1 - static_cast<size_t>(i)].change = 1;
  }
  if (made < count && !changes.empty()) {
    changes.back().change += made - count;
  }
}

/// Each cluster of at most five bytes as a whole if the map has it, else each of its characters.
void mapCharacters(Characters &text, const Charsmap &map) {
  constexpr size_t longest = 5;
  std::vector<Change> changes;
  bool isChanged = false;
  std::string bytes;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = graphemeEnd(text, begin);
    bytes.clear();
    for (size_t i = begin; i < end && bytes.size() <= longest; i++) {
      char character[4];
      bytes.append(character, encodeUtf8(text[i].value, character));
    }
    std::optional<std::string_view> found;
    if (bytes.size() <= longest && end - begin > 1 && (found = map.find(bytes))) {
      addReplacement(changes, static_cast<int>(end - begin), *found);
      isChanged = true;
      begin = end;
      continue;
    }
    for (; begin < end; begin++) {
      char character[4];
      found = map.find({character, encodeUtf8(text[begin].value, character)});
      if (found) {
        addReplacement(changes, 1, *found);
        isChanged = true;
      } else {
        changes.push_back({text[begin].value, 0});
      }
    }
  }
  if (isChanged) {
    replaceBy(text, changes);
  }
}

void applyBert(Characters &text, const WordPieceOptions &options) {
  text = cleanedAndSplit(text, options);
  if (options.stripAccents && !text.empty()) {
    decomposeAll(text, decompose);
    std::erase_if(text, [](const PlacedCharacter &c) { return isAccent(c.value); });
  }
  if (options.lowercase) {
    lower(text);
  }
}

void prepend(Characters &text, const std::string &content) {
  Characters added = charactersOf(content);
  for (PlacedCharacter &c : added) {
    c.origin = text.front().origin;
  }
  text.insert(text.begin(), added.begin(), added.end());
}

void applyStep(const NormalizerStep &step, Characters &text) {
  if (text.empty()) {
    return;
  }
  switch (step.kind) {
  case Kind::Bert:
    return applyBert(text, step.bert);
  case Kind::Lowercase:
    return lower(text);
  case Kind::Decompose:
    return decomposeAll(text, decompose);
  case Kind::DecomposeCompatibly:
    return decomposeAll(text, decomposeCompatibly);
  case Kind::StripAccents:
    std::erase_if(text, [](const PlacedCharacter &c) { return c.value >= 0x300 && isMark(c.value); });
    return;
  case Kind::Strip:
    return strip(text, step.left, step.right);
  case Kind::Replace:
    return replaceText(text, charactersOf(step.pattern), charactersOf(step.content));
  case Kind::JoinSpaces:
    return joinSpaces(text);
  case Kind::Prepend:
    return prepend(text, step.content);
  case Kind::Precompiled:
    return mapCharacters(text, *step.charsmap);
  }
}

} // namespace

void TextNormalizer::apply(Section &section) const {
  if (steps.empty()) {
    return;
  }
  Characters text;
  decode(section.bytes, section.origins.data(), text);
  for (const NormalizerStep &step : steps) {
    applyStep(step, text);
  }
  section.clear();
  for (const PlacedCharacter &character : text) {
    append(section, character);
  }
}

std::string TextNormalizer::applyTo(std::string_view text) const {
  Section section;
  section.append(text.data(), text.size(), 0);
  apply(section);
  return section.bytes;
}

std::string TextNormalizer::identity() const {
  std::string all;
  for (const NormalizerStep &step : steps) {
    all += fmt::format("{} {:d}{:d}{:d}{:d} {:d}{:d} {}:{}{}:{} {};", static_cast<int>(step.kind), step.bert.cleanText,
                       step.bert.splitChinese, step.bert.lowercase, step.bert.stripAccents, step.left, step.right,
                       step.pattern.size(), step.pattern, step.content.size(), step.content,
                       step.charsmap ? step.charsmap->sha256() : "");
  }
  return all;
}

} // namespace clew

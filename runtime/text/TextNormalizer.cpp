// See TextNormalizer.h. The place of a character that a step makes of others is the one that the `tokenizers` package gives it
// (CharacterChanges.h).
#include "runtime/text/TextNormalizer.h"

#include "runtime/text/CharacterChanges.h"
#include "runtime/text/Charsmap.h"
#include "runtime/text/CodePoints.h"
#include "runtime/text/Graphemes.h"
#include "runtime/text/Pattern.h"
#include "runtime/text/Utf8.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace clew {
namespace {

using Kind = NormalizerStep::Kind;

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

void nmt(Characters &text) {
  const auto isGone = [](char32_t c) {
    return (c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F;
  };
  const auto isBlank = [](char32_t c) {
    return c == 9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 || (c >= 0x200B && c <= 0x200F) || c == 0x2028 ||
           c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
  };
  std::erase_if(text, [&](const PlacedCharacter &c) { return isGone(c.value); });
  for (PlacedCharacter &c : text) {
    c.value = isBlank(c.value) ? U' ' : c.value;
  }
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

template <typename IsInside> void strip(Characters &text, bool left, bool right, IsInside isInside) {
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

/// What a pattern finds, by `content`, all of it at the place of the last character that was found.
bool replacePattern(Characters &text, const Pattern &pattern, const Characters &content) {
  std::string bytes;
  std::vector<size_t> places; // of bytes in `text`
  for (size_t i = 0; i < text.size(); i++) {
    char character[4];
    bytes.append(character, encodeUtf8(text[i].value, character));
    places.resize(bytes.size(), i);
  }
  places.push_back(text.size());
  std::vector<PatternMatch> matches;
  if (!pattern.find(bytes, matches)) {
    return false;
  }
  Characters out;
  size_t done = 0;
  for (const PatternMatch &match : matches) {
    const size_t begin = places[match.begin];
    const size_t end = places[match.end];
    out.insert(out.end(), text.begin() + static_cast<std::ptrdiff_t>(done),
               text.begin() + static_cast<std::ptrdiff_t>(begin));
    for (const PlacedCharacter &c : content) {
      out.push_back({c.value, text[std::max<size_t>(end, 1) - 1].origin});
    }
    done = end;
  }
  out.insert(out.end(), text.begin() + static_cast<std::ptrdiff_t>(done), text.end());
  text = std::move(out);
  return true;
}

void doubleStart(Characters &text, const std::string &pattern) {
  if (text.front().value == charactersOf(pattern).front().value) {
    text.insert(text.begin(), text.front());
  }
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

/// Of a text that is not empty; all but patterns.
void applyPlain(const NormalizerStep &step, Characters &text) {
  switch (step.kind) {
  case Kind::Bert:
    return applyBert(text, step.bert);
  case Kind::Lowercase:
    return lower(text);
  case Kind::Decompose:
    return decomposeAll(text, decompose);
  case Kind::DecomposeCompatibly:
    return decomposeAll(text, decomposeCompatibly);
  case Kind::Compose:
    return composeAll(text, decompose);
  case Kind::ComposeCompatibly:
    return composeAll(text, decomposeCompatibly);
  case Kind::Nmt:
    return nmt(text);
  case Kind::StripAccents:
    std::erase_if(text, [](const PlacedCharacter &c) { return c.value >= 0x300 && isMark(c.value); });
    return;
  case Kind::Strip:
    return strip(text, step.left, step.right, [](const PlacedCharacter &c) { return !isSpace(c.value); });
  case Kind::StripSpaces:
    return strip(text, true, true, [](const PlacedCharacter &c) { return c.value != ' '; });
  case Kind::Replace:
    return replaceText(text, charactersOf(step.pattern), charactersOf(step.content));
  case Kind::ReplacePattern:
    return;
  case Kind::JoinSpaces:
    return joinSpaces(text);
  case Kind::DoubleStart:
    return doubleStart(text, step.pattern);
  case Kind::Prepend:
    return prepend(text, step.content);
  case Kind::Precompiled:
    return mapCharacters(text, *step.charsmap);
  }
}

bool applyStep(const NormalizerStep &step, Characters &text) {
  if (step.kind == Kind::ReplacePattern) {
    return text.empty() || replacePattern(text, *step.regex, charactersOf(step.content));
  }
  if (!text.empty()) {
    applyPlain(step, text);
  }
  return true;
}

} // namespace

bool TextNormalizer::apply(Section &section) const {
  if (steps.empty()) {
    return true;
  }
  Characters text;
  decode(section.bytes, section.origins.data(), text);
  for (const NormalizerStep &step : steps) {
    if (!applyStep(step, text)) {
      return false;
    }
  }
  section.clear();
  for (const PlacedCharacter &character : text) {
    append(section, character);
  }
  return true;
}

std::optional<std::string> TextNormalizer::applyTo(std::string_view text) const {
  Section section;
  section.append(text.data(), text.size(), 0);
  return apply(section) ? std::optional(section.bytes) : std::nullopt;
}

std::string TextNormalizer::identity() const {
  std::string all;
  for (const NormalizerStep &step : steps) {
    all += fmt::format("{} {:d}{:d}{:d}{:d} {:d}{:d} {}:{}{}:{} {}{};", static_cast<int>(step.kind),
                       step.bert.cleanText, step.bert.splitChinese, step.bert.lowercase, step.bert.stripAccents,
                       step.left, step.right, step.pattern.size(), step.pattern, step.content.size(), step.content,
                       step.charsmap ? step.charsmap->sha256() : "", step.regex ? step.regex->text() : "");
  }
  return all;
}

} // namespace clew

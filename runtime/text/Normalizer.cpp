// See Normalizer.h. The steps and their order are those of the `tokenizers` package's BertNormalizer.
#include "runtime/text/Normalizer.h"

#include "runtime/text/CodePoints.h"
#include "runtime/text/Utf8.h"

#include <algorithm>
#include <utility>

namespace clew {
namespace {

using Characters = std::vector<PlacedCharacter>;

/// Puts the marks of first..end in canonical order; those of one class keep theirs.
void putInOrder(Characters &characters, size_t first) {
  if (characters.size() < first + 2) {
    return;
  }
  std::vector<std::pair<int, size_t>> places;
  for (size_t i = first; i < characters.size(); ++i) {
    places.emplace_back(combiningClass(characters[i].value), i);
  }
  std::ranges::sort(places);
  Characters ordered;
  for (const auto &[order, place] : places) {
    ordered.push_back(characters[place]);
  }
  std::ranges::copy(ordered, characters.begin() + static_cast<std::ptrdiff_t>(first));
}

/// Canonical decomposition with its marks in order, then without accents.
Characters withoutAccents(const Characters &characters) {
  Characters out;
  size_t marks = 0; // where the run of marks at the end begins
  for (const auto &[value, origin] : characters) {
    for (const char32_t part : decompose(value)) {
      if (combiningClass(part) == 0) {
        putInOrder(out, marks);
        marks = out.size() + 1;
      }
      out.push_back({part, origin});
    }
  }
  putInOrder(out, marks);
  std::erase_if(out, [](const PlacedCharacter &character) { return isAccent(character.value); });
  return out;
}

} // namespace

std::vector<PlacedCharacter> cleanedAndSplit(std::span<const PlacedCharacter> characters,
                                             const WordPieceOptions &options) {
  Characters out;
  out.reserve(characters.size());
  for (const auto &[value, origin] : characters) {
    if (options.cleanText && isRemovedByCleaning(value)) {
      continue;
    }
    const bool isApart = options.splitChinese && isIdeograph(value);
    if (isApart) {
      out.push_back({' ', origin});
    }
    out.push_back({options.cleanText && isSpace(value) ? U' ' : value, origin});
    if (isApart) {
      out.push_back({' ', origin});
    }
  }
  return out;
}

NormalText normalize(std::span<const PlacedCharacter> given, const WordPieceOptions &options) {
  Characters characters = cleanedAndSplit(given, options);
  if (options.stripAccents) {
    characters = withoutAccents(characters);
  }
  NormalText text;
  for (const auto &[value, origin] : characters) {
    for (const char32_t c : options.lowercase ? lowerCase(value) : std::u32string(1, value)) {
      char bytes[4];
      text.bytes.append(bytes, encodeUtf8(c, bytes));
      text.origins.push_back(origin);
    }
  }
  return text;
}

std::string normalize(std::string_view text, const WordPieceOptions &options) {
  Characters characters;
  const char *const end = text.data() + text.size();
  for (const char *at = text.data(); at < end;) {
    const CodePoint next = decodeUtf8(at, end);
    characters.push_back({next.value, 0});
    at += next.length == 0 ? 1 : next.length; // never 0: the text is UTF-8
  }
  return normalize(characters, options).bytes;
}

} // namespace clew

// The rarer half of AddedTokens: which token starts at a place, and what stands around it.
#include "runtime/text/AddedTokens.h"

#include "runtime/text/CodePoints.h"

#include <algorithm>
#include <utility>

namespace clew {
namespace {

/// Where the code point that ends before `at` starts; at > 0 and the text is UTF-8 up to there.
size_t startBefore(std::string_view text, size_t at) {
  do {
    --at;
  } while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U);
  return at;
}

char32_t codePointAt(std::string_view text, size_t at) {
  return decodeUtf8(text.data() + at, text.data() + text.size()).value;
}

bool standsAlone(std::string_view text, size_t at, size_t bytes) {
  const size_t end = at + bytes;
  return (at == 0 || !isWordCharacter(codePointAt(text, startBefore(text, at)))) &&
         (end == text.size() || !isWordCharacter(codePointAt(text, end)));
}

} // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> given, const std::vector<std::string> &contents, bool splitSpecial)
    : tokens(std::move(given)), splitSpecial(splitSpecial) {
  std::vector<Trie::Entry> entries;
  for (size_t i = 0; i < contents.size(); ++i) {
    entries.emplace_back(contents[i], static_cast<int32_t>(i));
    starts[static_cast<unsigned char>(contents[i][0])] = true;
  }
  trie = Trie(std::move(entries));
}

AddedTokens::Match AddedTokens::match(std::string_view text, size_t at) const {
  const Trie::Match longest = trie.longest(text.data() + at, text.data() + text.size());
  if (longest.value < 0) {
    return {};
  }
  const AddedToken &token = tokens[static_cast<size_t>(longest.value)];
  const bool isText = (token.special && splitSpecial) || (token.singleWord && !standsAlone(text, at, longest.length));
  return {isText ? nullptr : &token, longest.length};
}

int32_t AddedTokens::spacesBefore(std::string_view text, size_t at, int32_t most) {
  int32_t count = 0;
  while (count < most) {
    at = startBefore(text, at);
    if (!isSpace(codePointAt(text, at))) {
      break;
    }
    ++count;
  }
  return count;
}

int32_t AddedTokens::spacesFrom(std::string_view text, size_t at) {
  int32_t count = 0;
  while (at < text.size()) {
    const CodePoint next = decodeUtf8(text.data() + at, text.data() + text.size());
    if (next.length == 0 || !isSpace(next.value)) {
      break;
    }
    at += next.length;
    ++count;
  }
  return count;
}

int32_t AddedTokens::codePointsIn(std::string_view text) {
  return static_cast<int32_t>(
      std::ranges::count_if(text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

} // namespace clew

// AddedTokens: the tokens that are found in a text before any word is cut, [CLS] and [MASK] and whatever a checkpoint added, as the
// `tokenizers` package finds them: from left to right, the longest of those that start at one place.
#pragma once

#include "runtime/text/Trie.h"
#include "runtime/text/Utf8.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// Where a file names a token.
struct TokenPlace {
  std::string where; ///< "FILE:LINE"
  std::string key;

  bool operator==(const TokenPlace &) const = default;
};

struct AddedToken {
  std::string content;
  int32_t id = -1;
  bool singleWord = false; ///< only where no letter, digit or mark stands beside it
  bool leftStrip = false;  ///< white space before it belongs to it
  bool rightStrip = false; ///< and behind it
  bool normalized = false; ///< looked for in the normalized text, as its own normal form
  bool special = true;
  std::optional<TokenPlace> statedAt = {}; ///< nothing: it goes without saying

  bool operator==(const AddedToken &) const = default;
};

/// Immutable once made; safe to read from many threads.
class AddedTokens {
public:
  AddedTokens() = default;
  /// `contents[i]`, which is not empty, is the text by which tokens[i] is found. With `splitSpecial`, special tokens are text like any
  /// other.
  AddedTokens(std::vector<AddedToken> tokens, const std::vector<std::string> &contents, bool splitSpecial);

  bool empty() const { return tokens.empty(); }

  /// Walks over a text: token(t, begin, end) for each token, standing for code points begin..end-1, character(c, i) for each code
  /// point i that is part of none. Gives the first byte that is no UTF-8, and what came before it was said; null at the end.
  template <typename OnCharacter, typename OnToken>
  const char *walk(std::string_view text, OnCharacter &&character, OnToken &&token) const;

private:
  struct Match {
    const AddedToken *token = nullptr; ///< null: what stands here is text, as far as `bytes` go
    size_t bytes = 0;
  };
  Match match(std::string_view text, size_t at) const;
  static int32_t spacesBefore(std::string_view text, size_t at, int32_t most);
  static int32_t spacesFrom(std::string_view text, size_t at);
  static int32_t codePointsIn(std::string_view text);

  std::vector<AddedToken> tokens;
  Trie trie; ///< content -> place in `tokens`
  std::array<bool, 256> starts{};
  bool splitSpecial = false;
};

template <typename OnCharacter, typename OnToken>
const char *AddedTokens::walk(std::string_view text, OnCharacter &&character, OnToken &&token) const {
  const char *const end = text.data() + text.size();
  const char *plainUntil = text.data();
  int32_t index = 0;
  int32_t taken = 0; // code points that belong to tokens already
  for (const char *at = text.data(); at < end;) {
    if (starts[static_cast<unsigned char>(*at)] && at >= plainUntil) [[unlikely]] {
      const auto place = static_cast<size_t>(at - text.data());
      const Match found = match(text, place);
      if (found.token) {
        const int32_t next = index + codePointsIn(text.substr(place, found.bytes));
        const int32_t before = found.token->leftStrip ? spacesBefore(text, place, index - taken) : 0;
        taken = next + (found.token->rightStrip ? spacesFrom(text, place + found.bytes) : 0);
        token(*found.token, index - before, taken);
        at += found.bytes;
        index = next;
        continue;
      }
      plainUntil = at + found.bytes;
    }
    const CodePoint next = decodeUtf8(at, end);
    if (next.length == 0) {
      return at;
    }
    character(next.value, index++);
    at += next.length;
  }
  return nullptr;
}

} // namespace clew

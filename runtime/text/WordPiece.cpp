// Reads a text's code points, finds the special tokens in it, and leaves the rest to the word cutter.
#include "runtime/text/WordPiece.h"

#include "runtime/text/CodePoints.h"
#include "runtime/text/Utf8.h"
#include "runtime/text/WordCutter.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <limits>

namespace clew {

struct WordPiece::Impl {
  struct Special {
    std::string text;
    int32_t id;
    int32_t characters;
  };

  Vocabulary vocabulary;
  WordPieceOptions options;
  Lexicon lexicon;
  std::vector<Special> specials; ///< longest first
  std::array<bool, 256> startsSpecial{};

  /// Those that the vocabulary has not are no special tokens.
  void addSpecials(const Vocabulary &vocabulary, const std::vector<std::string> &texts) {
    for (const std::string &text : texts) {
      int32_t id = text.empty() ? -1 : vocabulary.find(text);
      if (id >= 0) {
        auto isFirstByte = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; };
        specials.push_back({text, id, static_cast<int32_t>(std::ranges::count_if(text, isFirstByte))});
        startsSpecial[static_cast<unsigned char>(text[0])] = true;
      }
    }
    std::ranges::sort(specials, std::ranges::greater(), [](const auto &special) { return special.text.size(); });
  }

  const Special *specialAt(const char *at, const char *end) const {
    std::string_view rest(at, static_cast<size_t>(end - at));
    auto found = std::ranges::find_if(specials, [&](const Special &special) { return rest.starts_with(special.text); });
    return found == specials.end() ? nullptr : &*found;
  }
};

namespace {

Failure notUtf8(std::string_view text, const char *at) {
  return fail(ErrorKind::BadInput, fmt::format("expected UTF-8, found byte 0x{:02x} at byte {}",
                                               static_cast<unsigned char>(*at), at - text.data()));
}

Result<void> checkLength(std::string_view text) {
  if (text.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    return fail(ErrorKind::BadInput, fmt::format("a text has at most 2^31-1 bytes, not {}", text.size()));
  }
  return {};
}

} // namespace

Result<WordPiece> WordPiece::create(Vocabulary vocabulary, WordPieceOptions options) {
  if (options.longestWord < 1 || options.longestWord > WordCutter::LongestWord) {
    return fail(ErrorKind::BadInput, fmt::format("the longest word has 1 to {} characters, not {}",
                                                 WordCutter::LongestWord, options.longestWord));
  }
  if (Result<void> ready = checkUnicodeData(); !ready) {
    return fail(ready);
  }
  auto impl = std::make_shared<Impl>();
  std::vector<Trie::Entry> initial;
  std::vector<Trie::Entry> continuing;
  for (int32_t id = 0; id < vocabulary.size(); id++) {
    std::string_view token = vocabulary.token(id);
    if (!token.empty()) {
      initial.emplace_back(token, id);
    }
    if (token.size() > 2 && token.starts_with("##")) {
      continuing.emplace_back(token.substr(2), id);
    }
  }
  impl->lexicon.initial = Trie(std::move(initial));
  impl->lexicon.continuing = Trie(std::move(continuing));
  impl->lexicon.table = CharacterTable(options, impl->lexicon.initial, vocabulary.unknown());
  impl->lexicon.unknown = vocabulary.unknown();
  impl->lexicon.longestWord = options.longestWord;
  impl->addSpecials(vocabulary, options.neverSplit);
  impl->vocabulary = std::move(vocabulary);
  impl->options = std::move(options);
  WordPiece made;
  made.impl = std::move(impl);
  return made;
}

Result<void> WordPiece::encode(std::string_view text, Tokens &out) const {
  out.clear();
  if (Result<void> fits = checkLength(text); !fits) {
    return fits;
  }
  out.reserve(text.size() / 3 + 8); // what Chinese needs, and most other text
  WordCutter cutter(impl->lexicon, out);
  const char *end = text.data() + text.size();
  int32_t origin = 0;
  for (const char *at = text.data(); at < end;) {
    if (impl->startsSpecial[static_cast<unsigned char>(*at)]) {
      if (const Impl::Special *special = impl->specialAt(at, end)) {
        cutter.endWord();
        cutter.push(special->id, origin, origin + special->characters);
        at += special->text.size();
        origin += special->characters;
        continue;
      }
    }
    CodePoint next = decodeUtf8(at, end);
    if (next.length == 0) {
      out.clear();
      return notUtf8(text, at);
    }
    cutter.take(next.value, origin++);
    at += next.length;
  }
  cutter.endWord();
  return {};
}

Result<void> WordPiece::encodeCharacters(std::string_view text, Tokens &out) const {
  out.clear();
  if (Result<void> fits = checkLength(text); !fits) {
    return fits;
  }
  out.reserve(text.size() / 3 + 8);
  const char *end = text.data() + text.size();
  for (const char *at = text.data(); at < end;) {
    CodePoint next = decodeUtf8(at, end);
    if (next.length == 0) {
      out.clear();
      return notUtf8(text, at);
    }
    Character character = impl->lexicon.table[next.value];
    int32_t id = impl->vocabulary.unknown();
    if (character.kind() == CharacterKind::Alone) {
      id = static_cast<int32_t>(character.payload());
    } else if (character.kind() == CharacterKind::Same || character.kind() == CharacterKind::Mapped) {
      char bytes[4];
      bool isSame = character.kind() == CharacterKind::Same;
      size_t length = encodeUtf8(isSame ? next.value : character.payload(), bytes);
      int32_t found = impl->lexicon.initial.find({bytes, length});
      id = found < 0 ? id : found;
    }
    auto place = static_cast<int32_t>(out.size());
    out.ids.push_back(id);
    out.begins.push_back(place);
    out.ends.push_back(place + 1);
    at += next.length;
  }
  return {};
}

const Vocabulary &WordPiece::vocabulary() const { return impl->vocabulary; }
const WordPieceOptions &WordPiece::options() const { return impl->options; }

} // namespace clew

// Reads a text's code points, finds the added tokens in it, and leaves the rest to the word cutter.
#include "runtime/text/WordPiece.h"

#include "runtime/text/CodePoints.h"
#include "runtime/text/Normalizer.h"
#include "runtime/text/Utf8.h"
#include "runtime/text/WordCutter.h"

#include <fmt/format.h>
#include <limits>
#include <unordered_set>
#include <utility>

namespace clew {

struct WordPiece::Impl {
  WordPieceOptions options;
  Lexicon lexicon;
  AddedTokens added;      ///< found in the text as given
  AddedTokens normalized; ///< found in what stands between those, normalized
  CharacterTable plain;   ///< of normalized text; empty if there are no `normalized`

  Result<void> addTokens(const TokenizerSettings &settings);
  void encodeSection(std::span<const PlacedCharacter> section, WordCutter &cutter) const;
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

Lexicon lexiconOf(const Vocabulary &vocabulary, const WordPieceOptions &options) {
  std::vector<Trie::Entry> initial;
  std::vector<Trie::Entry> continuing;
  for (int32_t id = 0; id < vocabulary.size(); id++) {
    const std::string_view token = vocabulary.token(id);
    if (!token.empty()) {
      initial.emplace_back(token, id);
    }
    if (token.size() > options.continuing.size() && token.starts_with(options.continuing)) {
      continuing.emplace_back(token.substr(options.continuing.size()), id);
    }
  }
  Lexicon lexicon;
  lexicon.initial = Trie(std::move(initial));
  lexicon.continuing = Trie(std::move(continuing));
  lexicon.unknown = vocabulary.find(options.unknown);
  lexicon.longestWord = options.longestWord;
  lexicon.table = CharacterTable(options, lexicon.initial, lexicon.unknown);
  return lexicon;
}

std::string identityOf(const WordPieceOptions &options) {
  return fmt::format("wordpiece {:d}{:d}{:d}{:d} {} {}", options.cleanText, options.splitChinese, options.lowercase,
                     options.stripAccents, options.longestWord, options.continuing);
}

} // namespace

Result<void> WordPiece::Impl::addTokens(const TokenizerSettings &settings) {
  std::vector<AddedToken> given;
  std::vector<AddedToken> normal;
  std::vector<std::string> givenTexts;
  std::vector<std::string> normalTexts;
  std::unordered_set<std::string> known; // of the normalized ones
  for (const AddedToken &token : settings.added) {
    std::string text = token.normalized ? normalize(token.content, options) : token.content;
    const bool isKnown = token.normalized && !known.insert(text).second;
    if (text.empty() || isKnown) {
      return fail(ErrorKind::BadInput, fmt::format("the added token '{}', normalized, is {}", token.content,
                                                   isKnown ? "the same as another one" : "empty"));
    }
    (token.normalized ? normal : given).push_back(token);
    (token.normalized ? normalTexts : givenTexts).push_back(std::move(text));
  }
  added = AddedTokens(std::move(given), givenTexts, settings.splitSpecial);
  if (!normal.empty()) {
    normalized = AddedTokens(std::move(normal), normalTexts, settings.splitSpecial);
    WordPieceOptions asItIs = options;
    asItIs.cleanText = asItIs.splitChinese = asItIs.lowercase = asItIs.stripAccents = false;
    plain = CharacterTable(asItIs, lexicon.initial, lexicon.unknown);
  }
  return {};
}

WordPiece::WordPiece(std::shared_ptr<const Facts> facts, std::shared_ptr<const Impl> impl)
    : Tokenizer(std::move(facts)), impl(std::move(impl)) {}

Result<WordPiece> WordPiece::create(const Vocabulary &vocabulary, WordPieceOptions options,
                                    const TokenizerSettings &settings) {
  if (options.longestWord < 1 || options.longestWord > WordCutter::LongestWord) {
    return fail(ErrorKind::BadInput, fmt::format("the longest word has 1 to {} characters, not {}",
                                                 WordCutter::LongestWord, options.longestWord));
  }
  if (Result<void> ready = checkUnicodeData(); !ready) {
    return fail(ready);
  }
  auto facts = factsOf(vocabulary, settings, options.unknown, identityOf(options));
  if (!facts) {
    return fail(facts);
  }
  auto impl = std::make_shared<Impl>();
  impl->lexicon = lexiconOf(vocabulary, options);
  impl->options = std::move(options);
  if (Result<void> done = impl->addTokens(settings); !done) {
    done.error().where = vocabulary.name();
    return fail(done);
  }
  return WordPiece(std::move(*facts), std::move(impl));
}

Result<WordPiece> WordPiece::create(const Vocabulary &vocabulary, WordPieceOptions options, TextForm form) {
  TokenizerSettings settings = TokenizerSettings::bert(vocabulary);
  settings.form = std::move(form);
  return create(vocabulary, std::move(options), settings);
}

/// What stands between two added tokens, where some are looked for in normalized text.
void WordPiece::Impl::encodeSection(std::span<const PlacedCharacter> section, WordCutter &cutter) const {
  const NormalText text = normalize(section, options);
  const auto origin = [&text](int32_t place) { return text.origins[static_cast<size_t>(place)]; };
  normalized.walk(
      text.bytes, [&](char32_t c, int32_t place) { cutter.take(c, origin(place)); },
      [&](const AddedToken &token, int32_t begin, int32_t end) {
        cutter.endWord();
        cutter.push(token.id, origin(begin), origin(end - 1) + 1);
      });
  cutter.endWord();
}

Result<void> WordPiece::encode(std::string_view text, Tokens &out) const {
  out.clear();
  if (Result<void> fits = checkLength(text); !fits) {
    return fits;
  }
  out.reserve(text.size() / 3 + 8); // what Chinese needs, and most other text
  const bool inSections = !impl->normalized.empty();
  WordCutter cutter(impl->lexicon, inSections ? impl->plain : impl->lexicon.table, out);
  std::vector<PlacedCharacter> section;
  const auto endSection = [&] {
    if (inSections) {
      impl->encodeSection(section, cutter);
      section.clear();
    } else {
      cutter.endWord();
    }
  };
  const auto token = [&](const AddedToken &found, int32_t begin, int32_t end) {
    endSection();
    cutter.push(found.id, begin, end);
  };
  const char *broken = inSections
                           ? impl->added.walk(
                                 text, [&](char32_t c, int32_t origin) { section.push_back({c, origin}); }, token)
                           : impl->added.walk(text, [&](char32_t c, int32_t origin) { cutter.take(c, origin); }, token);
  if (broken) {
    out.clear();
    return notUtf8(text, broken);
  }
  endSection();
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
    int32_t id = unknown();
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

const WordPieceOptions &WordPiece::options() const { return impl->options; }

} // namespace clew

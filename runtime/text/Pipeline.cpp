// See Pipeline.h. What is written on the way is kept from text to text by each thread, so that encoding allocates next to nothing.
#include "runtime/text/Pipeline.h"

#include "runtime/text/CodePoints.h"
#include "runtime/text/Utf8.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <unordered_set>
#include <utility>

namespace clew {
namespace {

/// How many characters at a token's ends are white space, or stand for a space.
struct Ends {
  int32_t leading = 0;
  int32_t trailing = 0;
};

bool isBlank(char32_t c) {
  constexpr char32_t spaceOfBytes = 0x120; // characterOfByte(' ')
  return c == spaceOfBytes || isSpace(c);
}

Ends endsOf(std::string_view token) {
  Ends ends;
  bool isLeading = true;
  const char *const end = token.data() + token.size();
  for (const char *at = token.data(); at < end;) {
    const CodePoint c = decodeUtf8(at, end);
    isLeading = isLeading && isBlank(c.value);
    ends.leading += isLeading ? 1 : 0;
    ends.trailing = isBlank(c.value) ? ends.trailing + 1 : 0;
    at += c.length == 0 ? 1 : c.length;
  }
  return ends;
}

/// Finds the bytes of ascending code points of a text in one walk.
struct Cursor {
  std::string_view text;
  size_t byte = 0;
  int32_t index = 0;

  size_t at(int32_t codePoint) {
    while (index < codePoint && byte < text.size()) {
      byte++;
      while (byte < text.size() && (static_cast<unsigned char>(text[byte]) & 0xC0U) == 0x80U) {
        byte++;
      }
      index++;
    }
    return byte;
  }
  /// The text of code points begin..end-1, where no later ones were asked for.
  std::string_view between(int32_t begin, int32_t end) {
    const size_t first = at(begin);
    return text.substr(first, at(end) - first);
  }
};

Failure notUtf8(std::string_view text, const char *at) {
  return fail(ErrorKind::BadInput, fmt::format("expected UTF-8, found byte 0x{:02x} at byte {}",
                                               static_cast<unsigned char>(*at), at - text.data()));
}

Failure patternGaveUp() {
  return fail(ErrorKind::BadInput, "a pattern of the tokenizer's takes too much time or memory for this text");
}

/// Kept by each thread.
struct Scratch {
  Section section;
  Section part;
  std::vector<WordRange> words;
  std::vector<Piece> pieces;
};

} // namespace

struct Pipeline::Impl {
  PipelineParts parts;
  AddedTokens added;      ///< found in the text as given
  AddedTokens normalized; ///< found in what stands between those, normalized
  bool hasNormalized = false;
  std::vector<Ends> ends; ///< of the vocabulary's tokens, where offsets are trimmed

  Result<void> addTokens(const TokenizerSettings &settings);
  void push(Tokens &out, int32_t id, int32_t begin, int32_t end, const Ends &blanks) const;
  bool cutWords(Section &section, Scratch &scratch, Tokens &out) const;
  bool cutAround(const Section &section, Scratch &scratch, Tokens &out) const;
  bool encodeSection(Scratch &scratch, Tokens &out) const;
};

Result<void> Pipeline::Impl::addTokens(const TokenizerSettings &settings) {
  std::vector<AddedToken> given;
  std::vector<AddedToken> normal;
  std::vector<std::string> givenTexts;
  std::vector<std::string> normalTexts;
  std::unordered_set<std::string> known; // of the normalized ones
  for (const AddedToken &token : settings.added) {
    std::string text = token.normalized ? parts.normalizer.applyTo(token.content).value_or("") : token.content;
    const bool isKnown = token.normalized && !known.insert(text).second;
    if (text.empty() || isKnown) {
      return fail(ErrorKind::BadInput, fmt::format("the added token '{}', normalized, is {}", token.content,
                                                   isKnown ? "the same as another one" : "empty"));
    }
    (token.normalized ? normal : given).push_back(token);
    (token.normalized ? normalTexts : givenTexts).push_back(std::move(text));
  }
  hasNormalized = !normal.empty();
  added = AddedTokens(std::move(given), givenTexts, settings.splitSpecial);
  normalized = AddedTokens(std::move(normal), normalTexts, settings.splitSpecial);
  return {};
}

Pipeline::Pipeline(std::shared_ptr<const Facts> facts, std::shared_ptr<const Impl> impl)
    : Tokenizer(std::move(facts)), impl(std::move(impl)) {}

Result<std::shared_ptr<const Tokenizer>> Pipeline::create(Vocabulary vocabulary, PipelineParts parts,
                                                          TokenizerSettings settings, const std::string &unknown) {
  if (Result<void> ready = checkUnicodeData(); !ready) {
    return fail(ready);
  }
  std::string identity = fmt::format("{} {} {} {} {} ", parts.kind, parts.model ? 1 : 0, parts.normalizer.identity(),
                                     parts.splitter.identity(), parts.modelIdentity);
  for (const OffsetTrim &trim : parts.trims) {
    identity += trim.hasPrefix ? "p" : "t";
  }
  auto impl = std::make_shared<Impl>();
  impl->parts = std::move(parts);
  if (Result<void> done = impl->addTokens(settings); !done) {
    done.error().where = vocabulary.name();
    return fail(done);
  }
  for (int32_t id = 0; id < vocabulary.size() && !impl->parts.trims.empty(); id++) {
    impl->ends.push_back(endsOf(vocabulary.token(id)));
  }
  auto facts = factsOf(std::move(vocabulary), std::move(settings), unknown, identity);
  if (!facts) {
    return fail(facts);
  }
  return std::shared_ptr<const Tokenizer>(new Pipeline(std::move(*facts), std::move(impl)));
}

void Pipeline::Impl::push(Tokens &out, int32_t id, int32_t begin, int32_t end, const Ends &blanks) const {
  const bool isFirst = out.size() == 0;
  for (const OffsetTrim &trim : parts.trims) {
    if (blanks.leading > 0) {
      // One space before the first token may be one that was put there; several are the text's own.
      const bool isPrefix = trim.hasPrefix && blanks.leading == 1 && (isFirst || begin == 0);
      begin = std::min(begin + (isPrefix ? 0 : blanks.leading), end);
    }
    if (blanks.trailing > 0 && end >= blanks.trailing) {
      end = std::max(end - blanks.trailing, begin);
    }
  }
  out.ids.push_back(id);
  out.begins.push_back(begin);
  out.ends.push_back(end);
}

/// Words of normalized text in which no added token is. False, as all that follow, if a pattern gives up.
bool Pipeline::Impl::cutWords(Section &section, Scratch &scratch, Tokens &out) const {
  if (!parts.splitter.split(section, scratch.words)) {
    return false;
  }
  const std::string_view text(section.bytes);
  for (const WordRange &word : scratch.words) {
    scratch.pieces.clear();
    parts.model->cut(text.substr(word.begin, word.end - word.begin), scratch.pieces);
    size_t begin = word.begin;
    size_t next = word.begin;
    for (const Piece &piece : scratch.pieces) {
      begin = piece.shares != 0 ? begin : next;
      const size_t end = word.begin + piece.end;
      const Ends blanks = ends.empty() ? Ends() : ends[static_cast<size_t>(piece.id)];
      push(out, piece.id, section.origins[begin], section.origins[end - 1] + 1, blanks);
      next = end;
    }
  }
  return true;
}

/// Normalized text in which added tokens may be.
bool Pipeline::Impl::cutAround(const Section &section, Scratch &scratch, Tokens &out) const {
  Section &part = scratch.part;
  size_t done = 0;
  bool isWhole = true;
  const auto cutUpTo = [&](size_t end) {
    part.clear();
    part.bytes.assign(section.bytes, done, end - done);
    part.origins.assign(section.origins.begin() + static_cast<std::ptrdiff_t>(done),
                        section.origins.begin() + static_cast<std::ptrdiff_t>(end));
    isWhole = cutWords(part, scratch, out) && isWhole;
  };
  Cursor cursor{section.bytes};
  normalized.walk(
      section.bytes, [](char32_t, int32_t) {},
      [&](const AddedToken &token, int32_t begin, int32_t end) {
        const size_t first = cursor.at(begin);
        const size_t behind = cursor.at(end);
        cutUpTo(first);
        push(out, token.id, section.origins[first], section.origins[behind - 1] + 1,
             endsOf(std::string_view(section.bytes).substr(first, behind - first)));
        done = behind;
      });
  cutUpTo(section.bytes.size());
  return isWhole;
}

bool Pipeline::Impl::encodeSection(Scratch &scratch, Tokens &out) const {
  bool isWhole = parts.normalizer.apply(scratch.section);
  isWhole = isWhole && (hasNormalized ? cutAround(scratch.section, scratch, out) //
                                      : cutWords(scratch.section, scratch, out));
  scratch.section.clear();
  return isWhole;
}

Result<void> Pipeline::encode(std::string_view text, Tokens &out) const {
  out.clear();
  if (text.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    return fail(ErrorKind::BadInput, fmt::format("a text has at most 2^31-1 bytes, not {}", text.size()));
  }
  thread_local Scratch scratch;
  scratch.section.clear();
  out.reserve(text.size() / 3 + 8);
  Cursor cursor{text};
  int32_t taken = 0; // white space behind a token that belongs to it
  bool isWhole = true;
  const char *broken = impl->added.walk(
      text,
      [&](char32_t c, int32_t origin) {
        if (origin < taken) {
          return;
        }
        char bytes[4];
        scratch.section.append(bytes, encodeUtf8(c, bytes), origin);
      },
      [&](const AddedToken &token, int32_t begin, int32_t end) {
        scratch.section.cutFrom(begin); // white space before a token that belongs to it
        taken = end;
        isWhole = impl->encodeSection(scratch, out) && isWhole;
        const bool isTrimmed = !impl->parts.trims.empty();
        impl->push(out, token.id, begin, end, isTrimmed ? endsOf(cursor.between(begin, end)) : Ends());
      });
  if (broken) {
    out.clear();
    return notUtf8(text, broken);
  }
  isWhole = impl->encodeSection(scratch, out) && isWhole;
  if (!isWhole) {
    out.clear();
    return patternGaveUp();
  }
  return {};
}

Result<void> Pipeline::encodeCharacters(std::string_view text, Tokens &out) const {
  out.clear();
  if (const size_t at = firstBrokenByte(text); at != std::string_view::npos) {
    return notUtf8(text, text.data() + at);
  }
  if (text.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    return fail(ErrorKind::BadInput, fmt::format("a text has at most 2^31-1 bytes, not {}", text.size()));
  }
  Scratch scratch;
  Tokens alone;
  const char *const end = text.data() + text.size();
  for (const char *at = text.data(); at < end;) {
    const unsigned length = std::max(1U, decodeUtf8(at, end).length);
    alone.clear();
    scratch.section.clear();
    scratch.section.append(at, length, 0);
    if (!impl->parts.normalizer.apply(scratch.section) || !impl->cutWords(scratch.section, scratch, alone)) {
      out.clear();
      return patternGaveUp();
    }
    const auto place = static_cast<int32_t>(out.size());
    out.ids.push_back(alone.size() == 1 ? alone.ids[0] : unknown());
    out.begins.push_back(place);
    out.ends.push_back(place + 1);
    at += length;
  }
  return {};
}

} // namespace clew

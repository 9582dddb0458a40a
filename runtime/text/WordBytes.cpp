// See WordBytes.h. The kind `word_bytes` is made here: of what the model says alone.
#include "runtime/text/WordBytes.h"

#include "runtime/text/CodePoints.h"
#include "runtime/text/Utf8.h"

#include <fmt/format.h>
#include <limits>
#include <set>
#include <utility>

namespace clew {
namespace {

constexpr const char *unknownWord = "<UNK>";

/// What a token needs a name for: what the form names, and a word of a text.
Result<Vocabulary> namesOf(const TextForm &form) {
  std::vector<std::pair<std::string, int64_t>> names = {{unknownWord, 0}};
  std::set<std::string> known = {unknownWord};
  for (const TextTemplate *pieces : {&form.single, &form.pair}) {
    for (const TextPiece &piece : *pieces) {
      if (piece.kind == TextPiece::Kind::Token && known.insert(piece.token).second) {
        names.emplace_back(piece.token, static_cast<int64_t>(names.size()));
      }
    }
  }
  return Vocabulary::of(std::move(names), "the model's form of texts");
}

} // namespace

Result<std::shared_ptr<const Tokenizer>> WordBytes::create(const TextForm &form) {
  Result<Vocabulary> names = namesOf(form);
  if (!names) {
    return fail(names);
  }
  const CharacterForm characters = form.characters.value_or(CharacterForm());
  TokenizerSettings settings;
  settings.form = form;
  auto facts = factsOf(std::move(*names), std::move(settings), unknownWord,
                       fmt::format("word_bytes {} {}", characters.most, characters.padding));
  if (!facts) {
    return fail(facts);
  }
  return std::shared_ptr<const Tokenizer>(new WordBytes(std::move(*facts), characters));
}

void WordBytes::add(std::string_view word, int32_t begin, int32_t end, Tokens &out) const {
  const int32_t id = vocabulary().find(word);
  out.ids.push_back(id < 0 ? unknown() : id);
  out.begins.push_back(begin);
  out.ends.push_back(end);
  CharacterBytes::append(word, form, out.characters);
  out.characterEnds.push_back(static_cast<int32_t>(out.characters.size()));
}

Result<void> WordBytes::cut(std::string_view text, bool everyCharacter, Tokens &out) const {
  out.clear();
  if (text.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max() / form.most)) {
    return fail(ErrorKind::BadInput,
                fmt::format("a text of {} bytes has more characters than one batch may", text.size()));
  }
  const char *const end = text.data() + text.size();
  const char *word = text.data(); // where the present one begins
  int32_t place = 0;
  int32_t first = 0;
  const auto finish = [&](const char *at) {
    if (at > word) {
      add({word, static_cast<size_t>(at - word)}, first, place, out);
    }
  };
  for (const char *at = text.data(); at < end; ++place) {
    const CodePoint c = decodeUtf8(at, end);
    if (c.length == 0) {
      const auto byte = static_cast<unsigned char>(*at);
      const auto where = at - text.data();
      out.clear();
      return fail(ErrorKind::BadInput, fmt::format("expected UTF-8, found byte 0x{:02x} at byte {}", byte, where));
    }
    const bool space = !everyCharacter && isSpace(c.value);
    if (everyCharacter || space) {
      finish(at);
      word = space ? at + c.length : at;
      first = space ? place + 1 : place;
    }
    at += c.length;
  }
  finish(end);
  return {};
}

Result<void> WordBytes::encode(std::string_view text, Tokens &out) const { return cut(text, false, out); }

Result<void> WordBytes::encodeCharacters(std::string_view text, Tokens &out) const { return cut(text, true, out); }

void WordBytes::appendCharacters(int32_t id, std::vector<int32_t> &out) const {
  CharacterBytes::append(vocabulary().token(id), form, out);
}

Result<std::shared_ptr<const Tokenizer>> readWordBytes(const TokenizerSource &source, std::vector<std::string> &notes) {
  if (source.files.haveSettings() || source.files.vocabulary) {
    notes.push_back(fmt::format("{}: what its files say of a tokenizer is not read: words are told by their bytes",
                                source.files.folder));
  }
  return WordBytes::create(source.form);
}

} // namespace clew

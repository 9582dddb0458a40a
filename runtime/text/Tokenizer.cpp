// See Tokenizer.h: the form gets its ids, and all that decides ids is hashed.
#include "runtime/text/Tokenizer.h"

#include "runtime/base/Sha256.h"

#include <algorithm>
#include <fmt/format.h>

namespace clew {
namespace {

/// Text whose parts cannot run into each other: each stands behind its length.
std::string identityOf(const std::string &kind, const Vocabulary &vocabulary, const TokenizerSettings &settings) {
  std::string all;
  const auto add = [&all](std::string_view part) { all += fmt::format("{}:{};", part.size(), part); };
  add(kind);
  add(vocabulary.sha256());
  for (const AddedToken &token : settings.added) {
    add(token.content);
    all += fmt::format("{},{:d}{:d}{:d}{:d}{:d};", token.id, token.singleWord, token.leftStrip, token.rightStrip,
                       token.normalized, token.special);
  }
  all += fmt::format("{:d}{:d}{};", settings.readsSegments, settings.splitSpecial, settings.longest);
  return all;
}

int32_t idOf(std::string_view token, const Vocabulary &vocabulary, const TokenizerSettings &settings) {
  const auto added = std::ranges::find(settings.added, token, &AddedToken::content);
  return added == settings.added.end() ? vocabulary.find(token) : added->id;
}

void add(std::string &all, const std::vector<FormPiece> &pieces) {
  for (const FormPiece &piece : pieces) {
    all += fmt::format("{},{},{};", static_cast<int>(piece.kind), piece.id, piece.segment);
  }
  all += '|';
}

} // namespace

TokenizerSettings TokenizerSettings::bert(const Vocabulary &vocabulary) {
  TokenizerSettings settings;
  for (const char *name : {"[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"}) {
    if (const int32_t id = vocabulary.find(name); id >= 0) {
      settings.added.push_back({.content = name, .id = id});
    }
  }
  return settings;
}

void Tokenizer::appendCharacters(int32_t, std::vector<int32_t> &) const {}

/// Where a tokenizer knows all text: an empty row's token.
int32_t Tokenizer::standIn(const Facts &facts) {
  for (const char *role : {"[UNK]", "[EOS]", "[PAD]"}) {
    if (const int32_t id = facts.find(role); id >= 0) {
      return id;
    }
  }
  return 0;
}

int32_t Tokenizer::Facts::find(std::string_view token) const {
  const auto role = std::ranges::find(settings.roles, token, &std::pair<std::string, std::string>::first);
  return idOf(role == settings.roles.end() ? token : std::string_view(role->second), vocabulary, settings);
}

Result<std::shared_ptr<const Tokenizer::Facts>> Tokenizer::factsOf(Vocabulary vocabulary, TokenizerSettings settings,
                                                                   const std::string &unknown,
                                                                   const std::string &identity) {
  auto facts = std::make_shared<Facts>();
  facts->vocabulary = std::move(vocabulary);
  facts->settings = std::move(settings);
  facts->unknown = unknown.empty() ? standIn(*facts) : facts->vocabulary.find(unknown);
  if (facts->unknown < 0) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected a token {} for what the vocabulary does not know, found none in {} tokens",
                            unknown, facts->vocabulary.size()),
                facts->vocabulary.name());
  }
  std::string all = identityOf(identity, facts->vocabulary, facts->settings);
  all += fmt::format("{};", facts->unknown);
  for (auto [pieces, ids] : {std::pair(&facts->settings.form.single, &facts->form.single),
                             std::pair(&facts->settings.form.pair, &facts->form.pair)}) {
    for (const TextPiece &piece : *pieces) {
      const int32_t id =
          piece.kind == TextPiece::Kind::Token ? idOf(piece.token, facts->vocabulary, facts->settings) : 0;
      if (id < 0) {
        return fail(ErrorKind::BadInput,
                    fmt::format("expected a token {} for the form '{}', found none in {} tokens", piece.token,
                                render(*pieces), facts->vocabulary.size()),
                    facts->vocabulary.name());
      }
      ids->push_back({piece.kind, id, facts->settings.readsSegments ? piece.segment : 0});
    }
    add(all, *ids);
  }
  Result<std::string> digest = sha256Of(all);
  if (!digest) {
    return fail(digest);
  }
  facts->sha256 = std::move(*digest);
  return facts;
}

} // namespace clew

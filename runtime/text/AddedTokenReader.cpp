// Tokens that were added to a vocabulary, and their ids. The order is that of Transformers 5 (tokenization_utils_base.py,
// tokenization_utils_tokenizers.py).
#include "runtime/text/AddedTokenReader.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <map>
#include <unordered_map>

namespace clew {
namespace {

using Kind = JsonNode::Kind;

constexpr size_t mostAdded = 1 << 16;

Result<int64_t> indexOf(const JsonFile &file, const JsonEntry &entry) {
  int64_t index = -1;
  const char *end = entry.key.data() + entry.key.size();
  const auto [stop, error] = std::from_chars(entry.key.data(), end, index);
  if (error != std::errc() || stop != end || index < 0 || std::to_string(index) != entry.key) {
    return file.wrong(entry.value, "added_tokens_decoder", "ids as keys", "'" + entry.key + "'");
  }
  return index;
}

using TokensById = std::map<int64_t, StatedToken>;

Result<void> readDecoder(const JsonFile &file, const JsonNode &decoder, TokensById &tokens) {
  if (decoder.kind != Kind::Object) {
    return file.wrong(decoder, "added_tokens_decoder", "an object of ids and tokens");
  }
  for (const JsonEntry &entry : decoder.entries) {
    const Result<int64_t> index = indexOf(file, entry);
    if (!index) {
      return fail(index);
    }
    const std::string key = "added_tokens_decoder." + entry.key;
    if (entry.value.kind != Kind::Object) {
      return file.wrong(entry.value, key, "an object");
    }
    Result<StatedToken> token = tokenOf(file, entry.value, key, false);
    if (!token) {
      return fail(token);
    }
    token->id = *index;
    tokens[*index] = std::move(*token);
  }
  return {};
}

/// added_tokens.json: {"token": id, ...}.
Result<void> readOldAdded(const JsonFile &file, const SpecialTokens &special, TokensById &tokens) {
  for (const auto &[content, id] : file.root.entries) {
    if (id.kind != Kind::Integer || id.integer < 0) {
      return file.wrong(id, "'" + content + "'", "an id");
    }
    const auto isThis = [&](const StatedToken &token) { return token.token.content == content; };
    Result<StatedToken> token = contentToken(file, id, "'" + content + "'", content);
    if (!token) {
      return fail(token);
    }
    token->id = id.integer;
    token->token.special = std::ranges::any_of(special.further, isThis) ||
                           std::ranges::any_of(special.named, [&](const auto &named) { return isThis(named.second); });
    token->token.normalized = !token->token.special;
    if (!tokens.try_emplace(id.integer, std::move(*token)).second) {
      return file.wrong(id, "'" + content + "'", "an id of its own", std::to_string(id.integer) + " again");
    }
  }
  return {};
}

/// The list `added_tokens` of tokenizer.json.
Result<std::vector<StatedToken>> serializedTokens(const JsonFile &file) {
  std::vector<StatedToken> tokens;
  const JsonNode *list = file.root.find("added_tokens");
  if (!list || list->kind != Kind::Array) {
    return file.wrong(list ? *list : file.root, "added_tokens", "a list", list ? describe(*list) : "none");
  }
  for (const JsonNode &item : list->items) {
    if (item.kind != Kind::Object) {
      return file.wrong(item, "added_tokens", "objects");
    }
    Result<StatedToken> token = tokenOf(file, item, "added_tokens", false);
    if (!token) {
      return fail(token);
    }
    const JsonNode *id = item.find("id");
    if (!id || id->kind != Kind::Integer || id->integer < 0) {
      return file.wrong(id ? *id : item, "added_tokens.id", "an id", id ? describe(*id) : "none");
    }
    token->id = id->integer;
    tokens.push_back(std::move(*token));
  }
  return tokens;
}

/// Gives out ids as the `tokenizers` package does: a token of the vocabulary keeps its own, others follow behind it.
class Ids {
public:
  explicit Ids(const Vocabulary &vocabulary) : vocabulary(vocabulary) {}

  Result<void> add(const StatedToken &stated) {
    AddedToken token = stated.token;
    if (stated.file) {
      token.statedAt = {fmt::format("{}:{}", stated.file->path, stated.at->line), stated.key};
    }
    const auto known = places.find(token.content);
    token.id = known != places.end() ? tokens[known->second].id : vocabulary.find(token.content);
    if (token.id < 0) {
      token.id = std::max(vocabulary.entries(), last + 1);
    }
    if (stated.id && *stated.id != token.id) {
      return stated.file->wrong(*stated.at, fmt::format("the added token '{}'", token.content),
                                fmt::format("the id {}, which Transformers gives it", token.id),
                                std::to_string(*stated.id));
    }
    if (tokens.size() == mostAdded) {
      return fail(ErrorKind::BadInput, fmt::format("expected at most {} added tokens", mostAdded), vocabulary.name());
    }
    last = std::max(last, token.id);
    if (known != places.end()) {
      tokens[known->second] = std::move(token);
    } else {
      places.emplace(token.content, tokens.size());
      tokens.push_back(std::move(token));
    }
    return {};
  }
  /// What was said before stays.
  Result<void> addIfNew(const StatedToken &stated) {
    return places.contains(stated.token.content) ? Result<void>() : add(stated);
  }
  /// Unless it is one of the first `count`.
  Result<void> addUnlessIn(size_t count, const StatedToken &stated) {
    const auto known = places.find(stated.token.content);
    return known != places.end() && known->second < count ? Result<void>() : add(stated);
  }
  size_t size() const { return tokens.size(); }
  std::vector<AddedToken> take() { return std::move(tokens); }

private:
  const Vocabulary &vocabulary;
  std::vector<AddedToken> tokens;
  std::unordered_map<std::string, size_t> places; ///< content -> place in `tokens`
  int32_t last = -1;
};

} // namespace

Result<std::vector<AddedToken>> readAddedTokens(const TokenizerFiles &files, const Vocabulary &vocabulary,
                                                const SpecialTokens &special, bool serialized) {
  std::vector<StatedToken> ofJson;
  if (files.serialized) {
    Result<std::vector<StatedToken>> tokens = serializedTokens(*files.serialized);
    if (!tokens) {
      return fail(tokens);
    }
    ofJson = std::move(*tokens);
  }
  TokensById tokens;
  const JsonNode *decoder = files.config ? files.config->root.find("added_tokens_decoder") : nullptr;
  if (decoder) {
    if (Result<void> done = readDecoder(*files.config, *decoder, tokens); !done) {
      return fail(done);
    }
  } else {
    if (files.addedTokens) {
      if (Result<void> done = readOldAdded(*files.addedTokens, special, tokens); !done) {
        return fail(done);
      }
    }
    for (const StatedToken &token : ofJson) {
      tokens[*token.id] = token;
    }
  }
  std::vector<StatedToken> inOrder;
  if (serialized) {
    inOrder = ofJson;
  }
  // Of a SentencePiece file by itself, tokens are found in the text as given, so that what stands between them gets a space before it.
  const bool isPrefixed = serialized && files.pieces && files.pieces->prefixesSpace;
  for (auto &[id, token] : tokens) {
    const auto isNamed = [&](const auto &named) { return named.second.token.content == token.token.content; };
    token.token.special = token.token.special || std::ranges::any_of(special.named, isNamed);
    token.token.normalized = token.token.normalized && !isPrefixed;
    inOrder.push_back(std::move(token));
  }
  Ids ids(vocabulary);
  for (const StatedToken &token : inOrder) {
    if (Result<void> done = ids.add(token); !done) {
      return fail(done);
    }
  }
  const size_t listed = ids.size();
  for (const auto &[key, token] : special.named) {
    if (Result<void> done = ids.addIfNew(token); !done) {
      return fail(done);
    }
  }
  for (const std::vector<StatedToken> *list : {&special.further, &special.late}) {
    for (const StatedToken &token :
         *list) { // their flags count also where a key names the token, but not where a file lists it with its id
      if (Result<void> done = ids.addUnlessIn(listed, token); !done) {
        return fail(done);
      }
    }
  }
  return ids.take();
}

} // namespace clew

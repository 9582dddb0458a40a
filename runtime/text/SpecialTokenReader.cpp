// Special tokens by name: tokenizer_config.json and, where that has no added_tokens_decoder, special_tokens_map.json over it.
#include "runtime/text/AddedTokenReader.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>
#include <string_view>
#include <utility>

namespace clew {
namespace {

using Kind = JsonNode::Kind;

constexpr size_t longestContent = 1 << 10;

/// Special tokens in the order in which they are added.
constexpr std::array<std::string_view, 7> specialNames{"bos_token", "eos_token", "unk_token", "sep_token",
                                                       "pad_token", "cls_token", "mask_token"};
constexpr std::array furtherKeys{"extra_special_tokens", "additional_special_tokens"};
constexpr const char *ownKey = "model_specific_special_tokens";

bool isSpecialName(std::string_view key) { return std::ranges::find(specialNames, key) != specialNames.end(); }

bool isOneOf(std::span<const DefaultToken> defaults, std::string_view key) {
  return std::ranges::any_of(defaults, [&](const DefaultToken &token) { return key == token.key; });
}

/// {"content": .., "lstrip": .., ...}; `isSpecial` is what it is where the object does not say it.
Result<StatedToken> objectToken(const JsonFile &file, const JsonNode &node, const std::string &key, bool isSpecial) {
  const Result<std::string> content = file.text(node, key + ".content", "");
  const Result<bool> special = file.boolean(node, key + ".special", isSpecial);
  const Result<bool> single = file.boolean(node, key + ".single_word", false);
  const Result<bool> left = file.boolean(node, key + ".lstrip", false);
  const Result<bool> right = file.boolean(node, key + ".rstrip", false);
  const Result<bool> normalized = file.boolean(node, key + ".normalized", special && !*special);
  for (const Result<bool> *flag : {&special, &single, &left, &right, &normalized}) {
    if (!*flag) {
      return fail(*flag);
    }
  }
  if (!content) {
    return fail(content);
  }
  constexpr std::array known{"content", "special", "single_word", "lstrip", "rstrip", "normalized", "id", "__type"};
  for (const JsonEntry &entry : node.entries) {
    if (std::ranges::find(known, entry.key) == known.end()) {
      return file.wrong(entry.value, key + "." + entry.key, "no such key of an added token", "one");
    }
  }
  Result<StatedToken> stated = contentToken(file, node, key, *content);
  if (stated) {
    stated->token = {*content, -1, *single, *left, *right, *normalized, *special, {}};
  }
  return stated;
}

void put(SpecialTokens &special, const std::string &key, StatedToken token) {
  const auto known = std::ranges::find(special.named, key, &std::pair<std::string, StatedToken>::first);
  if (known == special.named.end()) {
    special.named.emplace_back(key, std::move(token));
  } else {
    known->second = std::move(token);
  }
}

void drop(SpecialTokens &special, const std::string &key) {
  std::erase_if(special.named, [&](const auto &named) { return named.first == key; });
}

/// One of the lists of special tokens without keys; of its map form, the keys do not matter.
Result<void> readFurther(const JsonFile &file, const JsonNode &list, const std::string &key, SpecialTokens &special,
                         std::vector<StatedToken> &to) {
  const auto add = [&](const JsonNode &node) -> Result<void> {
    Result<StatedToken> token = tokenOf(file, node, key, true);
    if (!token) {
      return fail(token);
    }
    token->token.special = true;
    to.push_back(std::move(*token));
    return {};
  };
  if (list.kind == Kind::Null) {
    return {};
  }
  if (list.kind != Kind::Array && list.kind != Kind::Object) {
    return file.wrong(list, key, "a list of tokens");
  }
  for (const JsonNode &item : list.items) {
    if (Result<void> done = add(item); !done) {
      return done;
    }
  }
  for (const JsonEntry &entry : list.entries) {
    Result<StatedToken> token = tokenOf(file, entry.value, key + "." + entry.key, true);
    if (!token) {
      return fail(token);
    }
    token->token.special = true;
    put(special, entry.key, std::move(*token));
  }
  return {};
}

/// What one file says of special tokens; `isMap`: it is special_tokens_map.json.
Result<void> readSpecials(const JsonFile &file, bool isMap, std::span<const DefaultToken> defaults,
                          SpecialTokens &special) {
  for (const auto &[key, value] : file.root.entries) {
    if (!key.ends_with("_token")) {
      continue;
    }
    if (value.kind == Kind::Null) {
      const bool isNeeded = key == "unk_token" || key == "cls_token" || key == "sep_token";
      if (isNeeded && isOneOf(defaults, key) && isOneOf(defaults, "cls_token")) {
        return file.wrong(value, key, "a token");
      }
      drop(special, key);
      continue;
    }
    if (!isSpecialName(key) && value.kind != Kind::Text && value.kind != Kind::Object) {
      continue; // a switch, such as add_bos_token
    }
    Result<StatedToken> token = tokenOf(file, value, key, true);
    if (!token) {
      return fail(token);
    }
    token->token.special = true;
    put(special, key, std::move(*token));
  }
  for (const char *key : furtherKeys) {
    const JsonNode *list = file.root.find(key);
    const bool isLate = isMap && key == std::string_view("additional_special_tokens");
    if (list && special.further.empty()) {
      if (Result<void> done = readFurther(file, *list, key, special, isLate ? special.late : special.further); !done) {
        return done;
      }
    }
  }
  const JsonNode *own = isMap ? nullptr : file.root.find(ownKey);
  if (own && own->kind != Kind::Null && own->kind != Kind::Object) {
    return file.wrong(*own, ownKey, "an object of names and tokens");
  }
  return own ? readFurther(file, *own, ownKey, special, special.further) : Result<void>();
}

} // namespace

Result<StatedToken> contentToken(const JsonFile &file, const JsonNode &at, const std::string &key,
                                 const std::string &content) {
  if (content.empty() || content.size() > longestContent) {
    return file.wrong(at, fmt::format("the token '{}'", content.substr(0, 40)),
                      fmt::format("1 to {} bytes", longestContent), std::to_string(content.size()));
  }
  return StatedToken{{.content = content}, {}, &file, &at, key};
}

Result<StatedToken> tokenOf(const JsonFile &file, const JsonNode &node, const std::string &key, bool isSpecial) {
  if (node.kind == Kind::Text) {
    return contentToken(file, node, key, node.text);
  }
  return node.kind == Kind::Object ? objectToken(file, node, key, isSpecial)
                                   : Result<StatedToken>(file.wrong(node, key, "a token"));
}

const StatedToken *SpecialTokens::find(const std::string &key) const {
  const auto found = std::ranges::find(named, key, &std::pair<std::string, StatedToken>::first);
  return found == named.end() ? nullptr : &found->second;
}

Result<SpecialTokens> readSpecialTokens(const TokenizerFiles &files, std::span<const DefaultToken> defaults,
                                        std::span<const std::string> further) {
  SpecialTokens special;
  for (const DefaultToken &token : defaults) {
    const AddedToken added{.content = token.content, .leftStrip = token.leftStrip};
    special.named.emplace_back(token.key, StatedToken{added, {}, nullptr, nullptr, token.key});
  }
  if (files.config) {
    if (Result<void> done = readSpecials(*files.config, false, defaults, special); !done) {
      return fail(done);
    }
  }
  const bool hasDecoder = files.config && files.config->root.find("added_tokens_decoder");
  if (files.specialTokens && !hasDecoder) {
    for (const JsonEntry &entry : files.specialTokens->root.entries) {
      if (!entry.key.ends_with("_token") && std::ranges::find(furtherKeys, entry.key) == furtherKeys.end()) {
        return files.specialTokens->wrong(entry.value, entry.key, "a special token's key", "another");
      }
    }
    if (Result<void> done = readSpecials(*files.specialTokens, true, defaults, special); !done) {
      return fail(done);
    }
  }
  if (files.pieces) {
    special.late.clear();
  }
  if (special.further.empty() && special.late.empty()) {
    for (const std::string &content : further) {
      special.further.push_back({{.content = content}, {}, nullptr, nullptr, furtherKeys[1]});
    }
  }
  SpecialTokens inOrder;
  for (const std::string_view name : specialNames) {
    if (const StatedToken *token = special.find(std::string(name))) {
      inOrder.named.emplace_back(name, *token);
    }
  }
  std::ranges::copy_if(special.named, std::back_inserter(inOrder.named),
                       [](const auto &named) { return !isSpecialName(named.first); });
  inOrder.further = std::move(special.further);
  inOrder.late = std::move(special.late);
  return inOrder;
}

} // namespace clew

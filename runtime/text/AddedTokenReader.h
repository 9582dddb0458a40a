// Which tokens a checkpoint added, and its special tokens by name: tokenizer_config.json, special_tokens_map.json, added_tokens.json and
// tokenizer.json all speak of them, and Transformers has an order in which it believes them and gives out ids.
#pragma once

#include "runtime/text/AddedTokens.h"
#include "runtime/text/TokenizerClasses.h"
#include "runtime/text/TokenizerFiles.h"

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace clew {

/// A token and where it was said.
struct StatedToken {
  AddedToken token;
  std::optional<int64_t> id;      ///< as the file has it
  const JsonFile *file = nullptr; ///< null: no file says it
  const JsonNode *at = nullptr;
  std::string key; ///< under which the file says it
};

/// A token of this content. BadInput if it is empty or too long.
Result<StatedToken> contentToken(const JsonFile &file, const JsonNode &at, const std::string &key,
                                 const std::string &content);

/// A token as files write them: a text (then it is special), or an object, in which `isSpecial` is what goes without saying.
Result<StatedToken> tokenOf(const JsonFile &file, const JsonNode &node, const std::string &key, bool isSpecial);

struct SpecialTokens {
  std::vector<std::pair<std::string, StatedToken>>
      named;                        ///< by key (cls_token, ...), in the order in which they are added
  std::vector<StatedToken> further; ///< without a key of their own
  std::vector<StatedToken>
      late; ///< such of special_tokens_map.json that Transformers looks at only after added_tokens.json

  const StatedToken *find(const std::string &key) const;
};

/// The special tokens that the files name, and `defaults` for what they do not name; `further` are those without a key of their own where
/// no file lists such (with a SentencePiece file: where tokenizer_config.json lists none).
Result<SpecialTokens> readSpecialTokens(const TokenizerFiles &files, std::span<const DefaultToken> defaults,
                                        std::span<const std::string> further);

/// All tokens that are found in texts, with the ids that Transformers gives them. `serialized`: tokenizer.json alone makes the tokenizer,
/// and the others add to it. BadInput where a file states another id.
Result<std::vector<AddedToken>> readAddedTokens(const TokenizerFiles &files, const Vocabulary &vocabulary,
                                                const SpecialTokens &special, bool serialized);

} // namespace clew

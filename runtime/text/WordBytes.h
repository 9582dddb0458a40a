// WordBytes: the tokenizer of models that read words by their characters (ELMo). It has no list of words: a token is what stands between
// white space, and what says it is its bytes (CharacterBytes.h).
#pragma once

#include "runtime/text/CharacterBytes.h"
#include "runtime/text/TokenizerTable.h"

#include <memory>
#include <string_view>
#include <vector>

namespace clew {

class WordBytes final : public Tokenizer {
public:
  /// Ids of tokens tell apart only those that the form names; every word of a text that is none of them has the id of unknown().
  static Result<std::shared_ptr<const Tokenizer>> create(const TextForm &form);

  Result<void> encode(std::string_view text, Tokens &out) const override;
  /// A character is a word, white space too.
  Result<void> encodeCharacters(std::string_view text, Tokens &out) const override;

  int32_t characterIds() const override { return CharacterBytes::Ids; }
  void appendCharacters(int32_t id, std::vector<int32_t> &out) const override;

private:
  WordBytes(std::shared_ptr<const Facts> facts, CharacterForm form) : Tokenizer(std::move(facts)), form(form) {}
  Result<void> cut(std::string_view text, bool everyCharacter, Tokens &out) const;
  void add(std::string_view word, int32_t begin, int32_t end, Tokens &out) const;

  CharacterForm form;
};

/// The maker of the kind `word_bytes`; see TokenizerKind::make.
Result<std::shared_ptr<const Tokenizer>> readWordBytes(const TokenizerSource &source, std::vector<std::string> &notes);

} // namespace clew

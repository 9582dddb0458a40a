// Characters: one token a character, for models that were trained so (taggers of Chinese, as a rule). Characters get the ids that
// WordPiece's options and vocabulary give them.
#pragma once

#include "runtime/text/WordPiece.h"

namespace clew {

class Characters final : public Tokenizer {
public:
  explicit Characters(const WordPiece &pieces) : Tokenizer(pieces), pieces(pieces) {}

  Result<void> encode(std::string_view text, Tokens &out) const override { return pieces.encodeCharacters(text, out); }
  Result<void> encodeCharacters(std::string_view text, Tokens &out) const override {
    return pieces.encodeCharacters(text, out);
  }

private:
  WordPiece pieces;
};

} // namespace clew

// WordPiece: BERT's tokenizer (Devlin et al. 2018, arXiv:1810.04805; greedy longest match first, Wu et al. 2016,
// arXiv:1609.08144, section 4.1). Ids are those of the `tokenizers` package; docs/tokenizers.md lists where it differs from the
// original code.
#pragma once

#include "runtime/text/Tokenizer.h"
#include "runtime/text/WordPieceOptions.h"

#include <memory>
#include <string_view>

namespace clew {

/// Copies share what was made; making one costs as much as many texts.
class WordPiece final : public Tokenizer {
public:
  WordPiece() = default;
  /// BadInput for options out of bounds, and as Tokenizer::factsOf.
  static Result<WordPiece> create(const Vocabulary &vocabulary, WordPieceOptions options,
                                  const TokenizerSettings &settings);
  /// With BERT's settings, but for what `form` says.
  static Result<WordPiece> create(const Vocabulary &vocabulary, WordPieceOptions options = {}, TextForm form = {});

  Result<void> encode(std::string_view text, Tokens &out) const override;

  /// A character's token is that of its normal form if the vocabulary has it, else the unknown one (white space, control characters and
  /// forms of several characters too). Added tokens are not looked for.
  Result<void> encodeCharacters(std::string_view text, Tokens &out) const override;

  const WordPieceOptions &options() const;

private:
  struct Impl;
  WordPiece(std::shared_ptr<const Facts> facts, std::shared_ptr<const Impl> impl);

  std::shared_ptr<const Impl> impl;
};

} // namespace clew

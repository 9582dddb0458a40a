// WordPiece: BERT's tokenizer (Devlin et al. 2018, arXiv:1810.04805; greedy longest match first, Wu et al. 2016,
// arXiv:1609.08144, section 4.1). Ids are those of the `tokenizers` package's BertWordPieceTokenizer; docs/tokenizer.md lists
// where it differs from the original code.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/text/Tokens.h"
#include "runtime/text/Vocabulary.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

struct WordPieceOptions {
  bool cleanText = true;    ///< drops control characters, makes every white space a space
  bool splitChinese = true; ///< a word of its own for each CJK ideograph
  bool lowercase = true;
  bool stripAccents = true; ///< NFD, then without non-spacing marks
  int longestWord = 100;    ///< code points; longer words are [UNK]
  std::vector<std::string> neverSplit = {"[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"};
};

/// Immutable once made; many threads may encode at once.
class WordPiece {
public:
  static Result<WordPiece> create(Vocabulary vocabulary, WordPieceOptions options = {});

  /// Replaces `out`. BadInput with the byte if the text is no UTF-8.
  Result<void> encode(std::string_view text, Tokens &out) const;

  /// One token a code point, for tagging: its normal form's id if the vocabulary has it, else [UNK] (white space, control
  /// characters and forms of several characters too). Token i is code point i. BadInput as encode().
  Result<void> encodeCharacters(std::string_view text, Tokens &out) const;

  const Vocabulary &vocabulary() const;
  const WordPieceOptions &options() const;

private:
  struct Impl;
  std::shared_ptr<const Impl> impl;
};

} // namespace clew

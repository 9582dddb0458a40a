// Tokenizer: text to ids. What all kinds of tokenizers have in common, so that rows are encoded without knowing which kind a model
// reads with. A kind is one file and one line in TokenizerTable.cpp.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/base/TextForm.h"
#include "runtime/text/AddedTokens.h"
#include "runtime/text/Tokens.h"
#include "runtime/text/Vocabulary.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clew {

/// A template whose tokens have ids.
struct FormPiece {
  TextPiece::Kind kind;
  int32_t id; ///< of kind Token
  int32_t segment;
};

struct InputForm {
  std::vector<FormPiece> single;
  std::vector<FormPiece> pair; ///< empty: none
};

/// What any kind of tokenizer is told beside its vocabulary and its own options.
struct TokenizerSettings {
  std::vector<AddedToken> added; ///< with ids
  std::vector<std::pair<std::string, std::string>>
      roles;                 ///< "[CLS]" -> the token that has this role, where it is called otherwise
  TextForm form;             ///< with the tokens themselves, not their roles
  bool readsSegments = true; ///< else all segments are 0, whatever the form says
  bool splitSpecial = false; ///< special tokens in a text are text
  int64_t longest = 0;       ///< tokens of a row with its special ones; 0: no limit

  /// [UNK], [SEP], [PAD], [CLS] and [MASK], those of them that the vocabulary has; BERT's form.
  static TokenizerSettings bert(const Vocabulary &vocabulary);
};

/// Immutable once made; many threads may encode at once.
class Tokenizer {
public:
  virtual ~Tokenizer() = default;

  /// Replaces `out`. BadInput with the byte if the text is no UTF-8. Special tokens round the text are not part of it: form() has them.
  virtual Result<void> encode(std::string_view text, Tokens &out) const = 0;

  /// One token a code point, for tagging. Token i is code point i. BadInput as encode().
  virtual Result<void> encodeCharacters(std::string_view text, Tokens &out) const = 0;

  /// How many ids a token's characters may have, where tokens have characters (Tokens::characters); else 0.
  virtual int32_t characterIds() const { return 0; }
  /// Appends the characters of a token that is in no text: one of the form, or unknown(). Nothing where tokens have none.
  virtual void appendCharacters(int32_t id, std::vector<int32_t> &out) const;

  const Vocabulary &vocabulary() const { return facts->vocabulary; }
  /// What text becomes that the vocabulary has no token for.
  int32_t unknown() const { return facts->unknown; }
  /// The id of a token by its name or by its role ("[CLS]"), added ones too; -1 if there is none.
  int32_t find(std::string_view token) const { return facts->find(token); }
  const InputForm &form() const { return facts->form; }
  /// Tokens of a row, special ones too; 0: no limit of its own.
  int64_t longest() const { return facts->settings.longest; }
  /// Added tokens, with their ids.
  const std::vector<AddedToken> &added() const { return facts->settings.added; }

  /// Of everything that decides ids: kind, vocabulary, options, added tokens, form, limit. 64 hex digits: part of what a record states.
  const std::string &sha256() const { return facts->sha256; }

protected:
  struct Facts {
    Vocabulary vocabulary;
    TokenizerSettings settings;
    int32_t unknown = -1;
    InputForm form;
    std::string sha256;

    int32_t find(std::string_view token) const;
  };

  Tokenizer() = default;
  explicit Tokenizer(std::shared_ptr<const Facts> facts) : facts(std::move(facts)) {}
  /// `identity` is a text of the kind and its options. `unknown` is empty where a tokenizer has a token for any text: then unknown() is the
  /// token of that role, or the one that ends or pads texts, or 0. BadInput if the vocabulary has not the unknown token or one of the form.
  static Result<std::shared_ptr<const Facts>> factsOf(Vocabulary vocabulary, TokenizerSettings settings,
                                                      const std::string &unknown, const std::string &identity);

private:
  static int32_t standIn(const Facts &facts);

  std::shared_ptr<const Facts> facts;
};

} // namespace clew

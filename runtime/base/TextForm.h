// TextForm: how a model reads text. Where special tokens stand round one or two texts is data, so that a model (zoo) says it, a
// tokenizer (runtime/text) gives it ids, and the encoder of rows only fills it in.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// One place of a template: a token by its name, or one of the texts.
struct TextPiece {
  enum class Kind { Token, First, Second };

  Kind kind = Kind::Token;
  std::string
      token; ///< of kind Token: its name; [CLS], [SEP] and their like are whatever the tokenizer has in that role
  int32_t segment = 0;

  bool operator==(const TextPiece &) const = default;
};

/// Pieces in their order; empty: the model has no such form.
using TextTemplate = std::vector<TextPiece>;

/// Reads "[CLS] A [SEP] B:1 [SEP]:1": pieces stand apart by blanks, A and B are the texts, all else names a token, and `:n` (0 to
/// 255) is a piece's segment, 0 where it is not said. A stands there once; B once if `pair`, else never. At most 16 pieces, names of
/// 64 bytes. BadInput that says what was expected and found.
Result<TextTemplate> parseTemplate(std::string_view text, bool pair);

/// As parseTemplate reads it.
std::string render(const TextTemplate &pieces);

/// How many characters a token has, for tokenizers whose tokens have some: at most `most` of all, and behind those of its own `padding`
/// that mean nothing, as far as there is room.
struct CharacterForm {
  int32_t most = 50;
  int32_t padding = 0;

  bool operator==(const CharacterForm &) const = default;
};

/// BERT's form is what a model reads that says nothing else.
struct TextForm {
  std::string tokenizer = "wordpiece";     ///< a name of runtime/text/TokenizerTable.h
  TextTemplate single;                     ///< round one text
  TextTemplate pair;                       ///< round two; empty: the model reads no two texts
  std::optional<CharacterForm> characters; ///< if the model's YAML says it
  bool stated = false; ///< the model's YAML says it; else what the weights' own tokenizer says may replace it

  TextForm();
};

} // namespace clew

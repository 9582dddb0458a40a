// Pipeline: the tokenizer that tokenizer.json describes: added tokens, normalizer, words, model, offsets, one after the other. All kinds
// but BERT's (BertText) are one.
#pragma once

#include "runtime/text/PieceModel.h"
#include "runtime/text/TextNormalizer.h"
#include "runtime/text/Tokenizer.h"
#include "runtime/text/WordSplitter.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// White space at a token's ends is no part of its place, as the post-processors of byte-level BPE have it.
struct OffsetTrim {
  bool hasPrefix = true; ///< the first token may begin with a space that is not in the text
};

struct PipelineParts {
  std::string kind; ///< for hashes
  TextNormalizer normalizer;
  WordSplitter splitter;
  std::shared_ptr<const PieceModel> model;
  std::string modelIdentity;     ///< all that decides its tokens beside the vocabulary
  std::vector<OffsetTrim> trims; ///< done one after the other
};

class Pipeline final : public Tokenizer {
public:
  /// `unknown` may be empty where the model needs none; then unknown() is the token that ends texts, or 0. BadInput as Tokenizer::factsOf,
  /// and for two added tokens that are one when they are normalized.
  static Result<std::shared_ptr<const Tokenizer>> create(Vocabulary vocabulary, PipelineParts parts,
                                                         TokenizerSettings settings, const std::string &unknown);

  Result<void> encode(std::string_view text, Tokens &out) const override;

  /// A character's token is what it is cut into by itself, if that is one token, else unknown().
  Result<void> encodeCharacters(std::string_view text, Tokens &out) const override;

private:
  struct Impl;
  Pipeline(std::shared_ptr<const Facts> facts, std::shared_ptr<const Impl> impl);

  std::shared_ptr<const Impl> impl;
};

} // namespace clew

// Unigram: the most likely way to cut a word, each token having the logarithm of its probability (Kudo 2018, arXiv:1804.10959). Tokens are
// those of the `tokenizers` package's model of this name.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/text/PieceModel.h"
#include "runtime/text/Trie.h"
#include "runtime/text/Vocabulary.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

class Unigram final : public PieceModel {
public:
  /// `scores` by id, one a token; `unknown` is an id; with `fallsBack` an unknown text is its bytes, <0x..>, if all of them are tokens.
  /// BadInput if they do not fit.
  static Result<std::shared_ptr<const Unigram>> create(const Vocabulary &vocabulary, std::vector<double> scores,
                                                       int64_t unknown, bool fallsBack);

  /// Unknown characters beside each other are one token. Time grows with the word's length times the longest token's.
  void cut(std::string_view word, std::vector<Piece> &out) const override;

  /// Everything that decides tokens, beside the vocabulary: for hashes.
  const std::string &identity() const { return digest; }

private:
  struct Step;

  Unigram(Vocabulary vocabulary, std::vector<double> scores, int32_t unknown);
  void findPath(std::string_view word, std::vector<Step> &steps) const;
  void cutAnew(std::string_view word, std::vector<Piece> &out) const;
  void nameUnknown(std::string_view word, std::vector<Piece> &out, size_t before) const;

  Vocabulary vocabulary;
  std::vector<double> scores;
  Trie trie;
  int32_t unknown;
  double unknownScore = 0;
  std::vector<int32_t> byteTokens; ///< of <0x00> to <0xFF>, -1: none; empty: unknown texts are not cut into bytes
  uint64_t owner;                  ///< of words in caches
  std::string digest;
};

} // namespace clew

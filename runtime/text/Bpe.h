// Bpe: byte-pair encoding of a word (Sennrich et al. 2015, arXiv:1508.07909): of all pairs of neighbours the one that was learned first
// becomes one token, until none is left. Tokens are those of the `tokenizers` package's model of this name.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/text/MergeTable.h"
#include "runtime/text/PieceModel.h"
#include "runtime/text/Vocabulary.h"

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace clew {

struct BpeOptions {
  bool bytes = false;        ///< words are bytes, each a character of ByteAlphabet in the vocabulary; else code points
  std::string unknown{};     ///< what a character becomes that has no token; empty: it vanishes
  std::string continuing{};  ///< stands before characters that do not begin a word
  std::string ending{};      ///< stands behind a word's last character (GPT: </w>)
  bool fuseUnknown = false;  ///< unknown characters beside each other are one token
  bool byteFallback = false; ///< an unknown character is its bytes, <0x..>, if all of them are tokens
  bool ignoreMerges = false; ///< a word that is a token is that
};

/// Two tokens that become one, and where that is said ("FILE:LINE"), for messages.
struct BpeMerge {
  std::string left;
  std::string right;
  std::string where;
};

class Bpe final : public PieceModel {
public:
  /// The merges in the order in which they were learned, at most 2^20. BadInput for a merge of what are no tokens or to what is none, and an
  /// unknown token that is none.
  static Result<std::shared_ptr<const Bpe>> create(const Vocabulary &vocabulary, std::span<const BpeMerge> merges,
                                                   BpeOptions options);

  /// Time grows as n log n of the word's length. Tokens of short words are kept (WordCache).
  void cut(std::string_view word, std::vector<Piece> &out) const override;

  /// Which of the 256 bytes have no token, where words are bytes: such bytes vanish.
  int missingBytes() const;
  /// Everything that decides tokens, beside the vocabulary: for hashes.
  std::string identity() const;

private:
  struct Word;
  struct Symbol;

  Bpe(Vocabulary vocabulary, BpeOptions options);
  void addMerges(const std::vector<MergeTable::Merge> &merges) { table = MergeTable(merges); }
  void symbolsOf(std::string_view word, std::vector<Piece> &symbols) const;
  void characterSymbols(std::string_view word, std::vector<Piece> &symbols) const;
  bool fallBack(std::string_view character, uint32_t at, std::vector<Piece> &symbols) const;
  int32_t tokenOf(std::string_view character, bool isFirst, bool isLast) const;
  void mergeFew(std::vector<Piece> &symbols) const;
  void mergeMany(std::vector<Piece> &symbols) const;
  void mergeAll(std::string_view word, std::vector<Piece> &out) const;

  Vocabulary vocabulary;
  BpeOptions options;
  MergeTable table;
  int32_t unknown = -1;
  std::array<int32_t, 256> byteTokens{};     ///< -1: none
  std::array<int32_t, 256> fallbackTokens{}; ///< of <0x00> to <0xFF>
  uint64_t owner;                            ///< of words in caches
  std::string mergesIdentity;
};

} // namespace clew

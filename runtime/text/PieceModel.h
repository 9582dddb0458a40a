// PieceModel: what takes a word apart. A tokenizer whose words are cut by somebody else (Pipeline, BertText) holds one.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace clew {

/// A token of a word, which ends before byte `end` of it and begins where the one before it ends, or where that begins if it `shares` its place.
struct Piece {
  int32_t id;
  uint32_t end : 31;
  uint32_t shares : 1 = 0;

  bool operator==(const Piece &) const = default;
};

/// Immutable once made; safe to use from many threads.
class PieceModel {
public:
  virtual ~PieceModel() = default;

  /// Appends the tokens of a word, which is UTF-8 and not empty.
  virtual void cut(std::string_view word, std::vector<Piece> &out) const = 0;
};

} // namespace clew

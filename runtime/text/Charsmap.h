// Charsmap: SentencePiece's table of normalization (Kudo 2018, arXiv:1808.06226), which models carry as bytes: a double-array trie from
// texts to the places of their replacements. It comes from strangers: every place that a look-up can reach is checked when it is read.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// Immutable once made; safe to use from many threads.
class Charsmap {
public:
  /// From the bytes of `precompiled_charsmap`, at most 16 MiB. BadInput for what is no such table.
  static Result<Charsmap> read(std::string_view bytes, const std::string &where);

  /// The replacement of the shortest text in the table with which `text` begins, as the `tokenizers` package takes it; nothing if it begins
  /// with none.
  std::optional<std::string_view> find(std::string_view text) const;

  /// Of the bytes. 64 hex digits.
  const std::string &sha256() const { return digest; }

private:
  std::vector<uint32_t> units;
  std::string replacements; ///< each ends with a zero byte
  std::string digest;
};

} // namespace clew

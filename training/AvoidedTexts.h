// AvoidedTexts: the sentences that nothing may be learnt from because something is judged by them, and whether a text meets one. Augmentation
// from a crawl is worth nothing if the crawl holds the test.
#pragma once

#include "runtime/base/Result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clew {

/// How a text meets the sentences.
enum class Meeting {
  None,
  Same,  ///< it is one of them
  Holds, ///< one of them stands in it
  Part,  ///< it stands in one of them
};

/// Texts are compared as readers see them: without white space and what cleaning removes (zero width, control), in compatibility forms (full
/// width as half width) and lower case. Const members may be called from many threads.
class AvoidedTexts {
public:
  /// Of checked UTF-8. Those that are nothing but white space are left out. BadInput for more than 4 GiB of them; Internal as
  /// checkUnicodeData.
  static Result<AvoidedTexts> create(std::span<const std::string_view> sentences);

  /// Of one line of checked UTF-8, in time about linear in it. A text of white space meets none.
  Meeting meet(std::string_view text) const;

  size_t sentences() const { return each.size(); }

private:
  using Piece = std::pair<uint32_t, uint32_t>; ///< [begin, end) of `all`

  std::string_view at(Piece piece) const {
    return std::string_view(all).substr(piece.first, piece.second - piece.first);
  }

  std::string all;             ///< the sentences, one after the other
  std::vector<Piece> each;     ///< sorted
  std::vector<Piece> shortest; ///< those that begin with no other one, sorted: at most one of them stands at a place
  std::vector<Piece> tails;    ///< what is left of each sentence from each of its characters on, sorted
};

/// A text as AvoidedTexts compares it. checkUnicodeData() has succeeded.
std::string comparableText(std::string_view text);

} // namespace clew

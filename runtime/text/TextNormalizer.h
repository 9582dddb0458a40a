// TextNormalizer: what tokenizer.json's normalizer makes of a text before it is cut into words, step by step, with the place that each
// character comes from. BERT's own, which is a look-up a character, is CharacterTable's.
#pragma once

#include "runtime/text/Normalizer.h"
#include "runtime/text/Section.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

class Charsmap;
class Pattern;

struct NormalizerStep {
  enum class Kind {
    Bert,                ///< as `bert` says
    Lowercase,           ///< code point by code point
    Decompose,           ///< NFD
    DecomposeCompatibly, ///< NFKD
    Compose,             ///< NFC
    ComposeCompatibly,   ///< NFKC
    Nmt,                 ///< controls go, and what `Nmt` of the package takes for a space is one
    StripAccents,        ///< drops all marks
    Strip,               ///< white space at the ends, as `left` and `right` say
    Replace,             ///< `pattern`, a text that is not empty, by `content`
    ReplacePattern,      ///< what `regex` finds, by `content`
    JoinSpaces,          ///< two and more spaces are one
    StripSpaces,         ///< spaces at the ends go, and no other white space
    DoubleStart,         ///< a text that begins with `pattern`, one character, begins with two
    Prepend,             ///< `content` before what is not empty
    Precompiled,         ///< SentencePiece's `charsmap`
  };

  Kind kind = Kind::Lowercase;
  WordPieceOptions bert{};
  bool left = true;
  bool right = true;
  std::string pattern{};
  std::string content{};
  std::shared_ptr<const Charsmap> charsmap{};
  std::shared_ptr<const Pattern> regex{};
};

/// Immutable once made; safe to use from many threads. checkUnicodeData() must have succeeded.
class TextNormalizer {
public:
  TextNormalizer() = default;
  explicit TextNormalizer(std::vector<NormalizerStep> steps) : steps(std::move(steps)) {}

  bool empty() const { return steps.empty(); }
  /// Rewrites the section. False if a pattern's time or memory does not suffice.
  [[nodiscard]] bool apply(Section &section) const;
  /// The same of a text, which is UTF-8.
  std::optional<std::string> applyTo(std::string_view text) const;

  /// Everything that decides what becomes of a text: for hashes.
  std::string identity() const;

private:
  std::vector<NormalizerStep> steps;
};

} // namespace clew

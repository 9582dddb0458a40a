// WordSplitter: how a section becomes words before a model takes them apart: what tokenizer.json calls a pre_tokenizer.
#pragma once

#include "runtime/text/Section.h"
#include "runtime/text/SplitBehavior.h"
#include "runtime/text/Trie.h"

#include <memory>
#include <string>
#include <vector>

namespace clew {

class Pattern;

/// What a step of the kind Find looks for: a pattern or, where there is none, texts: from left to right, the longest that a place begins with.
struct PartFinder {
  std::shared_ptr<const Pattern> pattern{};
  std::vector<std::string> texts{}; ///< none of them empty
  Trie trie{};                      ///< of the texts

  static std::shared_ptr<const PartFinder> of(std::shared_ptr<const Pattern> pattern);
  static std::shared_ptr<const PartFinder> of(std::vector<std::string> texts);
};

struct SplitStep {
  enum class Kind {
    ByteLevel,       ///< GPT-2's pattern (GptWords), or only a space before what begins with none
    WhitespaceSplit, ///< at white space, which is dropped
    WordsAndSigns, ///< runs of word characters, and runs of what is neither those nor white space (`Whitespace` of tokenizers)
    Bert,          ///< at white space, which is dropped; each punctuation character is a word
    Metaspace,   ///< spaces become `replacement`, before which words begin
    Find,        ///< `finder` finds parts, of which becomes what `behavior` says
    Digits,      ///< the same of each number (N*) by itself
    Punctuation, ///< the same of each punctuation character by itself
  };
  enum class Prefix {
    Never,
    First,
    Always
  }; ///< whether a word gets a space, or `replacement`, that it does not begin with

  Kind kind = Kind::WhitespaceSplit;
  Prefix prefix = Prefix::Never; ///< of ByteLevel (Never or Always) and Metaspace
  bool splits = true;            ///< of ByteLevel (use_regex) and Metaspace; else words stay whole
  std::string replacement{};     ///< of Metaspace: one code point
  SplitBehavior behavior = SplitBehavior::Isolated;
  bool inverted = false; ///< of Find: what is between the parts counts as found
  std::shared_ptr<const PartFinder> finder{};

  bool operator==(const SplitStep &) const = default;
};

/// Immutable once made; safe to use from many threads.
class WordSplitter {
public:
  WordSplitter() = default;
  explicit WordSplitter(std::vector<SplitStep> steps) : steps(std::move(steps)) {}

  /// Replaces `words` by the section's words, in their order, none of them empty. Steps may rewrite the section. False if a pattern's time or
  /// memory does not suffice.
  [[nodiscard]] bool split(Section &section, std::vector<WordRange> &words) const;

  /// Everything that decides words: for hashes.
  std::string identity() const;

private:
  std::vector<SplitStep> steps;
};

} // namespace clew

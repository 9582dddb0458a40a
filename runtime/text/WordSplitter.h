// WordSplitter: how a section becomes words before a model takes them apart: what tokenizer.json calls a pre_tokenizer.
#pragma once

#include "runtime/text/Section.h"

#include <string>
#include <vector>

namespace clew {

struct SplitStep {
  enum class Kind {
    ByteLevel,       ///< GPT-2's pattern (GptWords), or only a space before what begins with none
    WhitespaceSplit, ///< at white space, which is dropped
    WordsAndSigns, ///< runs of word characters, and runs of what is neither those nor white space (`Whitespace` of tokenizers)
    Bert,          ///< at white space, which is dropped; each punctuation character is a word
    Metaspace, ///< spaces become `replacement`, before which words begin
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

  bool operator==(const SplitStep &) const = default;
};

/// Immutable once made; safe to use from many threads.
class WordSplitter {
public:
  WordSplitter() = default;
  explicit WordSplitter(std::vector<SplitStep> steps) : steps(std::move(steps)) {}

  /// Replaces `words` by the section's words, in their order, none of them empty. Steps may rewrite the section.
  void split(Section &section, std::vector<WordRange> &words) const;

  /// Everything that decides words: for hashes.
  std::string identity() const;

private:
  std::vector<SplitStep> steps;
};

} // namespace clew

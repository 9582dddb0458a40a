// Pattern: a regular expression of a tokenizer.json. The `tokenizers` package reads such with Oniguruma, in Ruby's syntax; here ICU does, after
// what the two mean differently is written out or refused by name.
#pragma once

#include "runtime/base/Result.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// Bytes begin..end-1 of a text.
struct PatternMatch {
  size_t begin;
  size_t end;
};

/// Immutable once made; safe to use from many threads, each of which keeps an engine of its own.
class Pattern {
public:
  /// At most 64 KiB of UTF-8. BadInput, without a place, for what is no pattern or means another thing in ICU.
  static Result<std::shared_ptr<const Pattern>> compile(std::string_view text);

  /// Appends the matches in a text of UTF-8, from left to right; an empty one never stands at the end of the one before it. Time and memory
  /// are bounded: false if they do not suffice.
  [[nodiscard]] bool find(std::string_view text, std::vector<PatternMatch> &out) const;

  const std::string &text() const { return source; }

private:
  struct Engine;

  Pattern(std::string source, std::unique_ptr<Engine> engine);
  Engine *ofThread() const;

  std::string source;
  std::shared_ptr<const Engine> engine;
  uint64_t number; ///< of this pattern, in threads' keeping
};

} // namespace clew

// See WordSplitter.h. Each step takes the ranges of the one before it; those that change characters write the section anew.
#include "runtime/text/WordSplitter.h"

#include "runtime/text/CodePoints.h"
#include "runtime/text/GptWords.h"
#include "runtime/text/Pattern.h"
#include "runtime/text/Utf8.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace clew {
namespace {

using Kind = SplitStep::Kind;
using Prefix = SplitStep::Prefix;
using Ranges = std::vector<WordRange>;

/// What a character is to a step that cuts.
enum class Role { Inside, Alone, Dropped, Sign };

void addRange(const Section &section, const WordRange &whole, size_t begin, size_t end, Ranges &out) {
  if (begin < end) {
    out.push_back({begin, end, begin == whole.begin ? whole.origin : section.origins[begin]});
  }
}

/// Cuts `range` where the role changes; what is Alone is a word by itself.
template <typename RoleOf> void cut(const Section &section, const WordRange &range, const RoleOf &roleOf, Ranges &out) {
  const char *const text = section.bytes.data();
  size_t begin = range.begin;
  Role run = Role::Dropped;
  for (size_t at = range.begin; at < range.end;) {
    const CodePoint c = decodeUtf8(text + at, text + range.end);
    const size_t next = at + (c.length == 0 ? 1 : c.length);
    const Role role = roleOf(c.value);
    if (role != run || role == Role::Alone) {
      if (run != Role::Dropped) {
        addRange(section, range, begin, at, out);
      }
      begin = at;
      run = role;
    }
    at = next;
  }
  if (run != Role::Dropped) {
    addRange(section, range, begin, range.end, out);
  }
}

Role bySpace(char32_t c) { return isSpace(c) ? Role::Dropped : Role::Inside; }
Role byBert(char32_t c) { return isSpace(c) ? Role::Dropped : isPunctuation(c) ? Role::Alone : Role::Inside; }
Role byWord(char32_t c) { return isWordCharacter(c) ? Role::Inside : isSpace(c) ? Role::Dropped : Role::Sign; }

/// A section under construction.
struct Rewriting {
  const Section &from;
  Section to{};
  Ranges ranges{};

  explicit Rewriting(const Section &section) : from(section) {
    to.bytes.reserve(section.bytes.size() + 8);
    to.origins.reserve(section.bytes.size() + 8);
  }
  void copy(size_t begin, size_t end) {
    to.bytes.append(from.bytes, begin, end - begin);
    to.origins.insert(to.origins.end(), from.origins.begin() + static_cast<std::ptrdiff_t>(begin),
                      from.origins.begin() + static_cast<std::ptrdiff_t>(end));
  }
};

/// Every range begins with a space.
void prefixSpaces(Section &section, Ranges &words) {
  Rewriting rewriting(section);
  for (const WordRange &range : words) {
    const size_t begin = rewriting.to.bytes.size();
    if (section.bytes[range.begin] != ' ') {
      rewriting.to.append(" ", 1, section.origins[range.begin]);
    }
    rewriting.copy(range.begin, range.end);
    rewriting.ranges.push_back({begin, rewriting.to.bytes.size(), range.origin});
  }
  section = std::move(rewriting.to);
  words = std::move(rewriting.ranges);
}

void byteLevel(const SplitStep &step, Section &section, Ranges &words) {
  if (step.prefix == Prefix::Always) {
    prefixSpaces(section, words);
  }
  if (!step.splits) {
    return;
  }
  Ranges out;
  for (const WordRange &range : words) {
    const GptWords cutter(std::string_view(section.bytes).substr(0, range.end));
    for (size_t at = range.begin; at < range.end;) {
      const size_t end = cutter.endOf(at);
      addRange(section, range, at, end, out);
      at = end;
    }
  }
  words = std::move(out);
}

/// A range with spaces replaced and, if so, something before it. Gives where it begins anew.
size_t replaceSpaces(const SplitStep &step, const WordRange &range, Rewriting &rewriting) {
  const Section &section = rewriting.from;
  const std::string_view text(section.bytes);
  const size_t begin = rewriting.to.bytes.size();
  const std::string_view word = text.substr(range.begin, range.end - range.begin);
  const bool wanted = step.prefix == Prefix::Always || (step.prefix == Prefix::First && range.origin == 0);
  if (wanted && !word.starts_with(' ') && !word.starts_with(step.replacement)) {
    rewriting.to.append(step.replacement.data(), step.replacement.size(), section.origins[range.begin]);
  }
  for (size_t at = range.begin; at < range.end;) {
    const size_t space = std::min(text.find(' ', at), range.end);
    rewriting.copy(at, space);
    if (space < range.end) {
      rewriting.to.append(step.replacement.data(), step.replacement.size(), section.origins[space]);
    }
    at = space + 1;
  }
  return begin;
}

void metaspace(const SplitStep &step, Section &section, Ranges &words) {
  Rewriting rewriting(section);
  for (const WordRange &range : words) {
    const size_t first = replaceSpaces(step, range, rewriting);
    const size_t end = rewriting.to.bytes.size();
    const WordRange whole{first, end, range.origin};
    size_t begin = first;
    for (size_t at = first; step.splits;) {
      at = rewriting.to.bytes.find(step.replacement, at + 1);
      if (at >= end) {
        break;
      }
      addRange(rewriting.to, whole, begin, at, rewriting.ranges);
      begin = at;
    }
    addRange(rewriting.to, whole, begin, end, rewriting.ranges);
  }
  section = std::move(rewriting.to);
  words = std::move(rewriting.ranges);
}

template <typename RoleOf> void cutAll(const Section &section, const RoleOf &roleOf, Ranges &words) {
  Ranges out;
  for (const WordRange &range : words) {
    cut(section, range, roleOf, out);
  }
  words = std::move(out);
}

/// A part that is found, and what stands before it.
void addFound(size_t begin, size_t end, size_t done, std::vector<SplitPart> &parts) {
  if (begin > done) {
    parts.push_back({done, begin, false});
  }
  parts.push_back({begin, end, true});
}

/// The parts of a range; false if a pattern gives up.
bool findParts(const SplitStep &step, const Section &section, const WordRange &range, std::vector<SplitPart> &parts) {
  const std::string_view text = std::string_view(section.bytes).substr(0, range.end);
  size_t done = range.begin;
  const auto add = [&](size_t begin, size_t end) {
    addFound(begin, end, done, parts);
    done = end;
  };
  if (step.kind == Kind::Find && step.finder->pattern) {
    thread_local std::vector<PatternMatch> matches;
    matches.clear();
    if (!step.finder->pattern->find(text.substr(range.begin), matches)) {
      return false;
    }
    for (const PatternMatch &match : matches) {
      add(range.begin + match.begin, range.begin + match.end);
    }
  } else if (step.kind == Kind::Find) {
    for (size_t at = range.begin; at < range.end;) {
      const Trie::Match match = step.finder->trie.longest(text.data() + at, text.data() + text.size());
      if (match.length > 0) {
        add(at, at + match.length);
      }
      at += std::max<size_t>(match.length, 1);
    }
  } else {
    for (size_t at = range.begin; at < range.end;) {
      const CodePoint c = decodeUtf8(text.data() + at, text.data() + text.size());
      const size_t next = at + (c.length == 0 ? 1 : c.length);
      if (step.kind == Kind::Digits ? isNumber(c.value) : isPunctuation(c.value)) {
        add(at, next);
      }
      at = next;
    }
  }
  if (done < range.end) {
    parts.push_back({done, range.end, false});
  }
  return true;
}

bool cutByParts(const SplitStep &step, const Section &section, Ranges &words) {
  thread_local std::vector<SplitPart> parts;
  Ranges out;
  for (const WordRange &range : words) {
    parts.clear();
    if (!findParts(step, section, range, parts)) {
      return false;
    }
    for (SplitPart &part : parts) {
      part.isMatch = part.isMatch != step.inverted;
    }
    joinParts(parts, step.behavior);
    for (const SplitPart &part : parts) {
      addRange(section, range, part.begin, part.end, out);
    }
  }
  words = std::move(out);
  return true;
}

} // namespace

std::shared_ptr<const PartFinder> PartFinder::of(std::shared_ptr<const Pattern> pattern) {
  auto finder = std::make_shared<PartFinder>();
  finder->pattern = std::move(pattern);
  return finder;
}

std::shared_ptr<const PartFinder> PartFinder::of(std::vector<std::string> texts) {
  auto finder = std::make_shared<PartFinder>();
  finder->texts = std::move(texts);
  std::vector<Trie::Entry> entries;
  for (const std::string &text : finder->texts) {
    entries.emplace_back(text, 0);
  }
  finder->trie = Trie(std::move(entries));
  return finder;
}

bool WordSplitter::split(Section &section, std::vector<WordRange> &words) const {
  words.clear();
  if (section.bytes.empty()) {
    return true;
  }
  words.push_back({0, section.bytes.size(), section.origins.front()});
  for (const SplitStep &step : steps) {
    switch (step.kind) {
    case Kind::ByteLevel:
      byteLevel(step, section, words);
      break;
    case Kind::WhitespaceSplit:
      cutAll(section, bySpace, words);
      break;
    case Kind::WordsAndSigns:
      cutAll(section, byWord, words);
      break;
    case Kind::Bert:
      cutAll(section, byBert, words);
      break;
    case Kind::Metaspace:
      metaspace(step, section, words);
      break;
    case Kind::Find:
    case Kind::Digits:
    case Kind::Punctuation:
      if (!cutByParts(step, section, words)) {
        return false;
      }
      break;
    }
  }
  return true;
}

std::string WordSplitter::identity() const {
  std::string all;
  for (const SplitStep &step : steps) {
    all += fmt::format("{},{},{:d},{}:{};", static_cast<int>(step.kind), static_cast<int>(step.prefix), step.splits,
                       step.replacement.size(), step.replacement);
    if (step.finder || step.behavior != SplitBehavior::Isolated) {
      all += fmt::format("{}{:d}", static_cast<int>(step.behavior), step.inverted);
    }
    if (step.finder && step.finder->pattern) {
      all += fmt::format("/{}:{}/", step.finder->pattern->text().size(), step.finder->pattern->text());
    }
    for (const std::string &text : step.finder ? step.finder->texts : std::vector<std::string>()) {
      all += fmt::format("{}:{}", text.size(), text);
    }
  }
  return all;
}

} // namespace clew

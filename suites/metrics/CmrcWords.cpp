// Normalization as in cmrc2018_evaluate.py (ymcui/cmrc2018), written anew from its behaviour.
#include "suites/metrics/CmrcWords.h"

#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

namespace clew {
namespace {

/// The script's list also has the two-character string of two ellipses; it compares single characters with it, so it removes none.
constexpr std::u32string_view kRemoved = U"-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』";

bool isSpace(char32_t c) {
  return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0 || (c >= 0x1c && c <= 0x1f); // what Python's strip() takes off
}

} // namespace

std::u32string cmrcNormalized(std::string_view text) {
  icu::UnicodeString lower = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int>(text.size())));
  lower.toLower(icu::Locale::getRoot());
  std::u32string all;
  all.reserve(static_cast<size_t>(lower.length()));
  for (int32_t i = 0; i < lower.length(); i = lower.moveIndex32(i, 1)) {
    all.push_back(static_cast<char32_t>(lower.char32At(i)));
  }
  const auto begin = std::find_if_not(all.begin(), all.end(), isSpace);
  const auto end = std::find_if_not(all.rbegin(), std::make_reverse_iterator(begin), isSpace).base();
  std::u32string kept;
  kept.reserve(all.size());
  std::copy_if(begin, end, std::back_inserter(kept), [](char32_t c) { return kRemoved.find(c) == kRemoved.npos; });
  return kept;
}

std::vector<std::u32string> cmrcSegments(std::u32string_view normalized) {
  std::vector<std::u32string> segments;
  size_t begin = 0; // of the run of other characters
  const auto flush = [&](size_t end) {
    if (end > begin) {
      std::vector<std::u32string> words = englishWords(normalized.substr(begin, end - begin));
      std::move(words.begin(), words.end(), std::back_inserter(segments));
    }
  };
  for (size_t i = 0; i < normalized.size(); ++i) {
    if (normalized[i] >= 0x4e00 && normalized[i] <= 0x9fa5) {
      flush(i);
      segments.emplace_back(1, normalized[i]);
      begin = i + 1;
    }
  }
  flush(normalized.size());
  return segments;
}

} // namespace clew

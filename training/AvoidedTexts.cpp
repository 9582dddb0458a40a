// See AvoidedTexts.h. Two sorted lists and binary search: a sentence that stands in the text is found at the place where it begins, a text
// that stands in a sentence at the sentence's tail that begins with it.
#include "training/AvoidedTexts.h"

#include "runtime/text/CodePoints.h"
#include "runtime/text/Utf8.h"

#include <algorithm>
#include <array>

namespace clew {
namespace {

bool beginsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

void appendUtf8(char32_t c, std::string &text) {
  std::array<char, 4> bytes{};
  text.append(bytes.data(), encodeUtf8(c, bytes.data()));
}

} // namespace

std::string comparableText(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  const char *const end = text.data() + text.size();
  for (const char *at = text.data(); at < end;) {
    const CodePoint one = decodeUtf8(at, end);
    at += std::max(one.length, 1U);
    if (one.value >= 0x4E00 && one.value <= 0x9FFF) { // most of all: they have one form
      appendUtf8(one.value, folded);
      continue;
    }
    for (const char32_t plain : decomposeCompatibly(one.value)) {
      for (const char32_t lower : lowerCase(plain)) {
        if (!isSpace(lower) && !isRemovedByCleaning(lower)) {
          appendUtf8(lower, folded);
        }
      }
    }
  }
  return folded;
}

Result<AvoidedTexts> AvoidedTexts::create(std::span<const std::string_view> sentences) {
  if (const Result<void> ready = checkUnicodeData(); !ready) {
    return fail(ready);
  }
  std::vector<std::string> folded;
  size_t bytes = 0;
  for (const std::string_view sentence : sentences) {
    std::string text = comparableText(sentence);
    bytes += text.size();
    if (!text.empty()) {
      folded.push_back(std::move(text));
    }
  }
  if (bytes > UINT32_MAX) {
    return fail(ErrorKind::BadInput,
                "expected at most 4 GiB of sentences to be avoided, found " + std::to_string(bytes));
  }
  std::ranges::sort(folded);
  folded.erase(std::ranges::unique(folded).begin(), folded.end());
  AvoidedTexts texts;
  std::string_view before;
  for (const std::string &sentence : folded) {
    const auto begin = static_cast<uint32_t>(texts.all.size());
    texts.all += sentence;
    const auto end = static_cast<uint32_t>(texts.all.size());
    for (uint32_t place = begin; place < end; ++place) {
      if (beginsCharacter(texts.all[place])) {
        texts.tails.emplace_back(place, end);
      }
    }
    texts.each.emplace_back(begin, end);
    if (before.empty() || !sentence.starts_with(before)) {
      texts.shortest.emplace_back(begin, end);
      before = sentence;
    }
  }
  std::ranges::sort(texts.tails, {}, [&](Piece piece) { return texts.at(piece); });
  return texts;
}

Meeting AvoidedTexts::meet(std::string_view text) const {
  const std::string folded = comparableText(text);
  if (folded.empty()) {
    return Meeting::None;
  }
  const auto view = [&](Piece piece) { return at(piece); };
  const std::string_view whole = folded;
  if (std::ranges::binary_search(each, whole, {}, view)) {
    return Meeting::Same;
  }
  for (size_t place = 0; place < whole.size(); ++place) {
    if (!beginsCharacter(whole[place])) {
      continue;
    }
    const std::string_view rest = whole.substr(place);
    const auto after = std::ranges::upper_bound(shortest, rest, {}, view);
    if (after != shortest.begin() && rest.starts_with(at(*std::prev(after)))) {
      return Meeting::Holds;
    }
  }
  const auto tail = std::ranges::lower_bound(tails, whole, {}, view);
  return tail != tails.end() && at(*tail).starts_with(whole) ? Meeting::Part : Meeting::None;
}

} // namespace clew

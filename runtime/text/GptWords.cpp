// See GptWords.h.
#include "runtime/text/GptWords.h"

#include <array>

namespace clew {

size_t GptWords::endOfRun(size_t place, WordClass wordClass) const {
  while (place < text.size()) {
    const Step step = at(place);
    if (step.wordClass != wordClass) {
      break;
    }
    place = step.next;
  }
  return place;
}

/// White space from `begin` on; `place` is behind its first code point. The last of several stays for the word that follows.
size_t GptWords::endOfSpace(size_t begin, size_t place) const {
  size_t last = begin;
  while (place < text.size()) {
    const Step step = at(place);
    if (step.wordClass != WordClass::Space) {
      return last > begin ? last : place;
    }
    last = place;
    place = step.next;
  }
  return place;
}

/// The length of 's, 't, 're, 've, 'm, 'll or 'd there, or 0.
size_t GptWords::contraction(size_t place) const {
  constexpr std::array<std::string_view, 7> endings = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
  for (const std::string_view ending : endings) {
    if (text.substr(place).starts_with(ending)) {
      return ending.size();
    }
  }
  return 0;
}

size_t GptWords::endOf(size_t begin) const {
  if (text[begin] == '\'') {
    if (const size_t length = contraction(begin)) {
      return begin + length;
    }
  }
  const Step first = at(begin);
  if (first.wordClass != WordClass::Space) {
    return endOfRun(first.next, first.wordClass);
  }
  if (text[begin] == ' ' && first.next < text.size()) {
    const Step second = at(first.next);
    if (second.wordClass != WordClass::Space) {
      return endOfRun(second.next, second.wordClass);
    }
  }
  return endOfSpace(begin, first.next);
}

} // namespace clew

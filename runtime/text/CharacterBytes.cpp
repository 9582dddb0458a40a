// See CharacterBytes.h.
#include "runtime/text/CharacterBytes.h"

#include <algorithm>

namespace clew {

CharacterBytes::Word CharacterBytes::ofWord(std::string_view word) {
  constexpr size_t most = Width - 2;
  const std::string_view kept = word.substr(0, most);
  Word ids;
  ids.fill(Padding);
  ids[0] = WordBegin;
  std::ranges::transform(kept, ids.begin() + 1, [](char byte) { return static_cast<unsigned char>(byte) + 1; });
  ids[kept.size() + 1] = WordEnd;
  return ids;
}

CharacterBytes::Word CharacterBytes::ofMark(int32_t mark) {
  Word ids;
  ids.fill(Padding);
  ids[0] = WordBegin;
  ids[1] = mark;
  ids[2] = WordEnd;
  return ids;
}

void CharacterBytes::appendSentence(const std::vector<std::string_view> &words, std::vector<int32_t> &out) {
  const auto append = [&](const Word &word) { out.insert(out.end(), word.begin(), word.end()); };
  append(sentenceBegin());
  for (const std::string_view word : words) {
    append(ofWord(word));
  }
  append(sentenceEnd());
}

} // namespace clew

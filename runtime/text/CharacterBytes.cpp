// See CharacterBytes.h.
#include "runtime/text/CharacterBytes.h"

#include <algorithm>

namespace clew {

void CharacterBytes::append(std::string_view word, const CharacterForm &form, std::vector<int32_t> &out) {
  const size_t before = out.size();
  const auto most = static_cast<size_t>(form.most);
  out.push_back(WordBegin);
  if (word == BeginWord || word == EndWord) {
    out.push_back(word == BeginWord ? SentenceBegin : SentenceEnd);
  } else {
    for (const char byte : word.substr(0, most - 2)) {
      out.push_back(static_cast<unsigned char>(byte));
    }
  }
  out.push_back(WordEnd);
  const size_t room = most - std::min(out.size() - before, most);
  out.insert(out.end(), std::min(room, static_cast<size_t>(form.padding)), Padding);
}

} // namespace clew

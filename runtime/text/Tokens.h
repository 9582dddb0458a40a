// What a tokenizer makes of a text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace clew {

/// Token i has ids[i] and stands for the text's code points begins[i] .. ends[i]-1 (of the text as given, before any
/// normalization). Without [CLS] and [SEP].
struct Tokens {
  std::vector<int32_t> ids;
  std::vector<int32_t> begins;
  std::vector<int32_t> ends;
  /// Where tokens have characters: those of all, one token's after the other's; token i's end before characterEnds[i].
  std::vector<int32_t> characters;
  std::vector<int32_t> characterEnds;

  size_t size() const { return ids.size(); }
  void reserve(size_t count) {
    ids.reserve(count);
    begins.reserve(count);
    ends.reserve(count);
  }
  void resize(size_t count) {
    ids.resize(count);
    begins.resize(count);
    ends.resize(count);
  }
  void clear() {
    ids.clear();
    begins.clear();
    ends.clear();
    characters.clear();
    characterEnds.clear();
  }
};

} // namespace clew

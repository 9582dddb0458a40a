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
  }
};

} // namespace clew

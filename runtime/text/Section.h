// Section: a text, or what stands between two added tokens, on its way to words: its bytes, and which of the given text's code points each
// comes from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace clew {

struct Section {
  std::string bytes;            ///< UTF-8
  std::vector<int32_t> origins; ///< of each byte

  void clear() {
    bytes.clear();
    origins.clear();
  }
  void append(const char *text, size_t length, int32_t origin) {
    bytes.append(text, length);
    origins.insert(origins.end(), length, origin);
  }
  /// Drops what comes from code points from `origin` on, of a section whose origins ascend.
  void cutFrom(int32_t origin) {
    while (!origins.empty() && origins.back() >= origin) {
      origins.pop_back();
    }
    bytes.resize(origins.size());
  }
};

/// Bytes begin..end-1 of a section.
struct WordRange {
  size_t begin;
  size_t end;
  int32_t origin; ///< where it begins in the given text
};

} // namespace clew

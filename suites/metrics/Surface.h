// Surface: a UTF-8 text cut by code points, as entities are given.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace clew {

/// Borrows the text.
class Surface {
public:
  explicit Surface(std::string_view text) : text(text) {
    for (size_t i = 0; i < text.size(); ++i) {
      if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) { // no continuation byte
        starts.push_back(static_cast<uint32_t>(i));
      }
    }
    starts.push_back(static_cast<uint32_t>(text.size()));
  }

  int64_t length() const { return static_cast<int64_t>(starts.size()) - 1; } ///< in code points
  /// Code points begin .. end-1; 0 <= begin <= end <= length().
  std::string_view slice(int64_t begin, int64_t end) const {
    return text.substr(starts[begin], starts[end] - starts[begin]);
  }

private:
  std::string_view text;
  std::vector<uint32_t> starts;
};

} // namespace clew

// WordClass: what GPT-2's pattern tells apart: letters, numbers, white space, and the rest. A table, because every code point is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace clew {

enum class WordClass : uint8_t { Other, Letter, Number, Space };

/// Of Unicode 16.0, whatever ICU is installed: what the `tokenizers` package's pattern \p{L}, \p{N} and \s are (GptWordsTest).
class WordClassTable {
public:
  /// Made once, when it is asked for first.
  static const WordClassTable &instance();

  WordClass operator[](char32_t c) const { return classes[blocks[c >> BlockBits] + (c & (BlockSize - 1))]; }

private:
  static constexpr int BlockBits = 8;
  static constexpr uint32_t BlockSize = 1U << BlockBits;

  WordClassTable();

  std::vector<uint32_t> blocks; ///< where each run of 256 code points starts; equal runs are stored once
  std::vector<WordClass> classes;
};

} // namespace clew

// Start and end scores to the answer's place in the context (BERT's way with SQuAD, arXiv:1810.04805, section 4.2).
#include "suites/kinds/Decoding.h"

namespace clew {

void improveSpan(int64_t longestAnswer, const SequenceLogits &logits, BestSpan &best) {
  const auto [values, begins, ends] = logits;
  for (size_t start = 0; start < begins.size(); ++start) {
    for (size_t end = start; end < begins.size(); ++end) {
      if (longestAnswer > 0 && ends[end] - begins[start] > longestAnswer) {
        break;
      }
      const float score = values[2 * start] + values[2 * end + 1];
      if (best.begin < 0 || score > best.score) {
        best = {score, begins[start], ends[end]};
      }
    }
  }
}

std::string_view codePoints(std::string_view text, int32_t begin, int32_t end) {
  size_t from = text.size();
  size_t to = text.size();
  int32_t index = 0;
  for (size_t byte = 0; byte < text.size(); ++byte) {
    if ((static_cast<unsigned char>(text[byte]) & 0xC0) == 0x80) {
      continue; // inside a code point
    }
    if (index == begin) {
      from = byte;
    }
    if (index == end) {
      to = byte;
      break;
    }
    ++index;
  }
  return from < to ? text.substr(from, to - from) : std::string_view();
}

} // namespace clew

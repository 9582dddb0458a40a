// EncodedRows: some rows as the packed token sequences that a Session runs, with what is needed to lead its logits back to the texts.
#pragma once

#include <cstdint>
#include <vector>

namespace clew {

/// The token sequences of some rows, packed; a long span row gives several (windows). Reused from batch to batch. How a Program is fed with
/// them says InputFeed.h.
struct EncodedRows {
  struct Sequence {
    int32_t row = 0;        ///< index into the rows given
    int32_t textBegin = 0;  ///< first token of the text that is judged (after [CLS]; span: after the question)
    int32_t textTokens = 0; ///< how many of its tokens are here
  };
  std::vector<int32_t> ids;
  std::vector<int32_t> segments;
  std::vector<int32_t> offsets; ///< [sequences + 1]
  std::vector<Sequence> sequences;
  std::vector<int32_t>
      begins; ///< [tokens]: code point at which the token's text begins; -1 for special tokens and questions
  std::vector<int32_t> ends;             ///< [tokens]: one past its last; -1
  std::vector<int32_t> characters;       ///< of all tokens, where a tokenizer gives them some
  std::vector<int32_t> characterOffsets; ///< [tokens + 1], or, if tokens have none, [1]

  void clear();
};

} // namespace clew

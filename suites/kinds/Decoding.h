// Decoding of one sequence's logits: the parts that kinds put their answers together from.
#pragma once

#include "suites/data/Task.h"

namespace clew {

/// Index of the greatest value, the lowest one of equals. `values` is not empty and all finite.
int32_t argmax(std::span<const float> values);

/// exp(x - max) / sum, so that no logit overflows. `probs` takes as many values as there are logits.
void softmax(std::span<const float> logits, std::vector<float> &probs);

/// BIO tags (Ramshaw and Marcus 1995, arXiv:cmp-lg/9505040) to entities, which are appended. Row i of `logits` (tokens x columns; columns
/// 0: O, 2t+1: B- of type t, 2t+2: I- of type t) is token i. The best tag of each token counts. As in conlleval, an I- that continues no
/// entity of its type begins one.
void decodeTags(const Task &task, const SequenceLogits &logits, std::vector<Entity> &entities);

/// The best label of each token, as an entity over the token's place, appended. Row i of `logits` (tokens x labels) is token i.
void decodeEach(const Task &task, const SequenceLogits &logits, std::vector<Entity> &entities);

/// The best answer so far of a row, over its windows.
struct BestSpan {
  float score = 0;
  int32_t begin = -1; ///< code points of the context
  int32_t end = -1;   ///< one past the last
};

/// Takes the window's best pair of tokens, start <= end, of at most `longestAnswer` code points (0: any length), the score being start logit
/// + end logit, if it is greater than `best`. Of equals the first wins: the earlier window, start, end. `logits`: [tokens, 2].
void improveSpan(int64_t longestAnswer, const SequenceLogits &logits, BestSpan &best);

/// Code points begin..end-1 of a UTF-8 text, as far as it has them.
std::string_view codePoints(std::string_view text, int32_t begin, int32_t end);

} // namespace clew

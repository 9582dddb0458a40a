// LabelMoves: which labels may follow which in a path of a linear-chain conditional random field. Labels stand as tasks have them: O,
// then of each type B and I, or B, I, E and S.
#pragma once

#include <cstdint>

namespace clew {

enum class LabelMoves : uint8_t {
  All,   ///< any
  Bio,   ///< I-X after B-X and I-X alone
  Bioes, ///< I-X and E-X after B-X and I-X alone, and after these nothing else
};

/// Whether a label goes on with what the one before it began.
constexpr bool goesOn(LabelMoves moves, int64_t label) {
  return moves != LabelMoves::All && label > 0 &&
         (moves == LabelMoves::Bio ? label % 2 == 0 : (label - 1) % 4 == 1 || (label - 1) % 4 == 2);
}

/// Whether something must go on after a label.
constexpr bool isOpen(LabelMoves moves, int64_t label) {
  return moves == LabelMoves::Bioes && label > 0 && (label - 1) % 4 < 2;
}

/// The first of the two neighbouring labels, B-X and I-X, after which a label that goes on may stand.
constexpr int64_t beginOf(LabelMoves moves, int64_t label) {
  return moves == LabelMoves::Bio ? label - 1 : (label - 1) / 4 * 4 + 1;
}

constexpr bool isLegal(LabelMoves moves, int64_t from, int64_t to) {
  return goesOn(moves, to) ? from == beginOf(moves, to) || from == beginOf(moves, to) + 1 : !isOpen(moves, from);
}

/// Whether so many labels stand as described.
constexpr bool areLabelsOf(LabelMoves moves, int64_t count) {
  return moves == LabelMoves::All || (count - 1) % (moves == LabelMoves::Bio ? 2 : 4) == 0;
}

} // namespace clew

// viterbi: the best path of labels through each sequence of a linear-chain conditional random field (doi:10.1109/TIT.1967.1054010).
#include "runtime/base/LabelMoves.h"
#include "runtime/ref/Families.h"
#include "runtime/ref/Values.h"

#include <limits>

namespace clew::ref {

namespace {

/// transitions[i * labels + j]: from label i to label j.
template <typename T> struct Chain {
  size_t labels;
  std::vector<T> transitions, start, end;

  /// Moves that a scheme does not have are never taken.
  void forbid(LabelMoves moves) {
    const T never = -std::numeric_limits<T>::infinity();
    for (size_t from = 0; from < labels; ++from) {
      start[from] = goesOn(moves, static_cast<int64_t>(from)) ? never : start[from];
      end[from] = isOpen(moves, static_cast<int64_t>(from)) ? never : end[from];
      for (size_t to = 0; to < labels; ++to) {
        T &move = transitions[from * labels + to];
        move = isLegal(moves, static_cast<int64_t>(from), static_cast<int64_t>(to)) ? move : never;
      }
    }
  }
};

/// The label from which label `to` is reached best, and the score of the path to it; of equal ones the lower label.
template <typename T> std::pair<int32_t, T> bestBefore(const Chain<T> &chain, const std::vector<T> &scores, size_t to) {
  std::pair<int32_t, T> best{0, scores[0] + chain.transitions[to]};
  for (size_t from = 1; from < chain.labels; ++from) {
    const T score = scores[from] + chain.transitions[from * chain.labels + to];
    if (score > best.second) {
      best = {static_cast<int32_t>(from), score};
    }
  }
  return best;
}

/// The labels of the best path through tokens first..first + length of x.
template <typename T>
std::vector<int32_t> bestPath(const Chain<T> &chain, const RefTensor &x, int64_t first, int64_t length) {
  std::vector<T> scores(chain.labels), emissions(chain.labels), next(chain.labels);
  std::vector<int32_t> before(static_cast<size_t>(length) * chain.labels);
  loadRow(x, first, scores.data());
  for (size_t label = 0; label < chain.labels; ++label) {
    scores[label] += chain.start[label];
  }
  for (int64_t t = 1; t < length; ++t) {
    loadRow(x, first + t, emissions.data());
    for (size_t to = 0; to < chain.labels; ++to) {
      const auto [from, score] = bestBefore(chain, scores, to);
      before[static_cast<size_t>(t) * chain.labels + to] = from;
      next[to] = score + emissions[to];
    }
    scores.swap(next);
  }
  for (size_t label = 0; label < chain.labels; ++label) {
    scores[label] += chain.end[label];
  }
  std::vector<int32_t> path(static_cast<size_t>(length));
  path.back() = static_cast<int32_t>(std::ranges::max_element(scores) - scores.begin());
  for (size_t t = path.size() - 1; t > 0; --t) {
    path[t - 1] = before[t * chain.labels + static_cast<size_t>(path[t])];
  }
  return path;
}

} // namespace

template <typename T> Result<void> viterbi(const RefCall &call) {
  const RefTensor &x = call.operands[0];
  const RefTensor &y = call.results[0];
  const int64_t labels = x.columns;
  const auto offsets = offsetsOf(call.operands[1], x.rows);
  const auto moves = wholeAttribute(call, "moves", 0, 0, static_cast<int64_t>(LabelMoves::Bioes));
  if (!offsets || !moves) {
    return !offsets ? fail(offsets) : fail(moves);
  }
  if (auto ok = require(
          {{isFloat({&x, &call.operands[2], &call.operands[3], &call.operands[4], &y}), "all must be float"},
           {sameShape(x, y) && labels > 0, "the result must have the shape of x"},
           {hasShape(call.operands[2], labels, labels), "transitions must be [labels, labels]"},
           {call.operands[3].elements() == labels && call.operands[4].elements() == labels,
            "start and end must have a value for each label"},
           {areLabelsOf(static_cast<LabelMoves>(*moves), labels), "labels must be O and those of whole types"}});
      !ok) {
    return ok;
  }
  Chain<T> chain{static_cast<size_t>(labels), loadAll<T>(call.operands[2]), loadAll<T>(call.operands[3]),
                 loadAll<T>(call.operands[4])};
  chain.forbid(static_cast<LabelMoves>(*moves));
  std::vector<T> row(chain.labels);
  for (size_t s = 0; s + 1 < offsets->size(); ++s) {
    const int64_t first = (*offsets)[s];
    const int64_t length = (*offsets)[s + 1] - first;
    if (length == 0) {
      continue;
    }
    int64_t token = first;
    for (int32_t label : bestPath(chain, x, first, length)) {
      std::ranges::fill(row, T(0));
      row[static_cast<size_t>(label)] = 1;
      storeRow(y, token++, row.data());
    }
  }
  return {};
}

template Result<void> viterbi<double>(const RefCall &);
template Result<void> viterbi<float>(const RefCall &);

} // namespace clew::ref
